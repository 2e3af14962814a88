using System.Collections.Immutable;

namespace Dropwise.Cuda;

/// <summary>Where one of the shared libraries is looked for, and what to do where it is not found.</summary>
/// <param name="Name">One of <see cref="NativeLibraryName"/>.</param>
/// <param name="Title">As people call it.</param>
/// <param name="FileNames">Sonames, the preferred version first. A soname carries the major version, across which the functions used here are the same.</param>
/// <param name="FolderVariable">An environment variable that names the folder with the library, or null.</param>
/// <param name="Advice">How to get the library.</param>
internal sealed record NativeLibraryFinder(string Name, string Title, ImmutableArray<string> FileNames, string? FolderVariable, string Advice)
{
    /// <summary>
    /// Files that the library opens by name while it works, or null. The loader does not look for them beside the library, so they are
    /// loaded ahead of it where a folder was named.
    /// </summary>
    public string? CompanionPattern { get; init; }

    /// <summary>All libraries.</summary>
    public static ImmutableArray<NativeLibraryFinder> All { get; } =
    [
        new(NativeLibraryName.Driver, "the CUDA driver", ["libcuda.so.1"], null, "install the NVIDIA driver"),
        new(
            NativeLibraryName.Nvrtc, "NVRTC", ["libnvrtc.so.13", "libnvrtc.so.12"], "DROPWISE_NVRTC",
            "install the CUDA toolkit 12 or 13, or set DROPWISE_NVRTC to the folder that holds libnvrtc.so.13 and libnvrtc-builtins")
        {
            CompanionPattern = "libnvrtc-builtins.so.*",
        },
        new(NativeLibraryName.Blas, "cuBLAS", ["libcublas.so.13", "libcublas.so.12"], "DROPWISE_CUBLAS", "install cuBLAS 12 or 13, or set DROPWISE_CUBLAS to its folder"),
        new(NativeLibraryName.Nccl, "NCCL", ["libnccl.so.2"], "DROPWISE_NCCL", "install NCCL 2, or set DROPWISE_NCCL to its folder"),
    ];

    /// <summary>The finder of a library.</summary>
    /// <param name="name">One of <see cref="NativeLibraryName"/>.</param>
    public static NativeLibraryFinder Of(string name) => All.First(finder => finder.Name == name);

    /// <summary>
    /// What to load, in order: from the folder that the user named for this library and nowhere else, or else from the toolkit that
    /// <c>CUDA_PATH</c> names, which other programs set and which need not have everything, whatever the loader finds by soname, and the place
    /// where toolkits install themselves.
    /// </summary>
    /// <param name="variable">Reads an environment variable.</param>
    public IEnumerable<string> Candidates(Func<string, string?> variable)
    {
        if (Folder(variable) is { } own) return In(own);
        string[] toolkit = variable("CUDA_PATH") is { Length: > 0 } path ? [Path.Combine(path, "lib64"), Path.Combine(path, "targets/x86_64-linux/lib")] : [];
        return [.. toolkit.SelectMany(In), .. FileNames, .. In("/usr/local/cuda/lib64")];
    }

    /// <summary>One line that says what is missing and how to mend it.</summary>
    /// <param name="variable">Reads an environment variable.</param>
    public string Missing(Func<string, string?> variable) =>
        WrongFolder(variable) ?? $"{Title} was not found: no {string.Join(" or ", FileNames)}; {Advice}";

    /// <summary>One line that says that the folder which the user named does not hold the library; null where none was named.</summary>
    /// <param name="variable">Reads an environment variable.</param>
    public string? WrongFolder(Func<string, string?> variable) => Folder(variable) is not { } folder
        ? null
        : $"{Title} was not found: {FolderVariable} is {folder}, "
            + (Directory.Exists(folder) ? $"which holds no {string.Join(" or ", FileNames)} that can be loaded" : "which is no folder");

    private string? Folder(Func<string, string?> variable) => FolderVariable is not null && variable(FolderVariable) is { Length: > 0 } folder ? folder : null;

    private IEnumerable<string> In(string folder) => FileNames.Select(file => Path.Combine(folder, file));
}
