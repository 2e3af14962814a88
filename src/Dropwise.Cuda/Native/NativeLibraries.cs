using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Dropwise.Cuda;

/// <summary>
/// Loads the shared libraries of CUDA at their first use, so that a program that holds these bindings runs on a machine without any.
/// </summary>
internal static class NativeLibraries
{
    private static readonly ConcurrentDictionary<string, LoadedLibrary?> Loaded = new(StringComparer.Ordinal);

    // Bindings are bound by the runtime at their first call; the resolver must be known before.
    static NativeLibraries() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    /// <summary>Whether a library can be loaded; loads it.</summary>
    /// <param name="name">One of <see cref="NativeLibraryName"/>.</param>
    /// <exception cref="CudaLibraryException">The user named a folder for it that does not hold it: doing without it in silence is not what was asked for.</exception>
    public static bool IsPresent(string name)
    {
        if (IsFound(name)) return true;
        return NativeLibraryFinder.Of(name).WrongFolder(Environment.GetEnvironmentVariable) is { } wrong ? throw new CudaLibraryException(wrong) : false;
    }

    /// <summary>One line for each library that the user named a folder for that does not hold it.</summary>
    public static IEnumerable<string> WrongFolders =>
        from finder in NativeLibraryFinder.All
        let wrong = finder.WrongFolder(Environment.GetEnvironmentVariable)
        where wrong is not null && !IsFound(finder.Name)
        select wrong;

    /// <summary>Whether a library can be loaded, whatever the user asked for; loads it.</summary>
    /// <param name="name">One of <see cref="NativeLibraryName"/>.</param>
    public static bool IsFound(string name) => Load(name) is not null;

    /// <summary>Loads a library or says how to get it. Everything that calls a binding goes through here first.</summary>
    /// <param name="name">One of <see cref="NativeLibraryName"/>.</param>
    /// <returns>What was loaded: a full path where a folder was named, otherwise the soname.</returns>
    /// <exception cref="CudaLibraryException">The library was not found.</exception>
    public static string Require(string name) =>
        Load(name)?.Name ?? throw new CudaLibraryException(NativeLibraryFinder.Of(name).Missing(Environment.GetEnvironmentVariable));

    /// <summary>The file that a library was loaded from, as the loader found it.</summary>
    /// <param name="name">One of <see cref="NativeLibraryName"/>, which is present.</param>
    /// <param name="symbol">Any of its functions.</param>
    /// <returns>Null where the system does not tell.</returns>
    public static FileInfo? FileOf(string name, string symbol) => Load(name) is { } library ? LoadedFile.Of(library.Handle, symbol) : null;

    private static LoadedLibrary? Load(string name) => Loaded.GetOrAdd(name, static key =>
    {
        NativeLibraryFinder finder = NativeLibraryFinder.Of(key);
        foreach (string candidate in finder.Candidates(Environment.GetEnvironmentVariable))
        {
            if (finder.CompanionPattern is { } pattern && File.Exists(candidate)) LoadCompanions(Path.GetDirectoryName(Path.GetFullPath(candidate))!, pattern);
            if (NativeLibrary.TryLoad(candidate, out nint handle)) return new LoadedLibrary(candidate, handle);
        }

        return null;
    });

    private static void LoadCompanions(string folder, string pattern)
    {
        // One that does not load will be named by the library when it misses it.
        foreach (string file in Directory.EnumerateFiles(folder, pattern)) NativeLibrary.TryLoad(file, out _);
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => Load(name)?.Handle ?? 0;

    private sealed record LoadedLibrary(string Name, nint Handle);
}
