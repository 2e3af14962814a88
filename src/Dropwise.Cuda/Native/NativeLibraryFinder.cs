using System.Collections.Immutable;

namespace Dropwise.Cuda;

/// <summary>Where one of the shared libraries is looked for, and what to do where it is not found.</summary>
/// <param name="Name">One of <see cref="NativeLibraryName"/>.</param>
/// <param name="Title">As people call it.</param>
/// <param name="FileNames">Sonames, the preferred version first. A soname carries the major version, across which the functions used here are the same.</param>
/// <param name="FolderVariable">An environment variable that names a folder with the library, or null.</param>
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
    /// What to load, in order: the folder that the user named, the toolkit that <c>CUDA_PATH</c> names, whatever the loader finds by
    /// soname, and the place where toolkits install themselves.
    /// </summary>
    /// <param name="variable">Reads an environment variable.</param>
    public IEnumerable<string> Candidates(Func<string, string?> variable)
    {
        string? own = FolderVariable is null ? null : variable(FolderVariable);
        string? toolkit = variable("CUDA_PATH");
        string?[] folders =
        [
            own,
            toolkit is null ? null : Path.Combine(toolkit, "lib64"),
            toolkit is null ? null : Path.Combine(toolkit, "targets/x86_64-linux/lib"),
        ];
        IEnumerable<string> named = folders.Where(static folder => !string.IsNullOrEmpty(folder)).SelectMany(folder => FileNames.Select(file => Path.Combine(folder!, file)));
        IEnumerable<string> installed = FileNames.Select(static file => Path.Combine("/usr/local/cuda/lib64", file));
        return [.. named, .. FileNames, .. installed];
    }

    /// <summary>One line that says what is missing and how to mend it.</summary>
    /// <param name="variable">Reads an environment variable.</param>
    public string Missing(Func<string, string?> variable)
    {
        string given = FolderVariable is not null && variable(FolderVariable) is { Length: > 0 } folder ? $" ({FolderVariable} is {folder})" : "";
        return $"{Title} was not found: no {string.Join(" or ", FileNames)}{given}; {Advice}";
    }
}
