using System.Globalization;
using System.Runtime.InteropServices;

namespace Dropwise.Cuda;

/// <summary>The file that a loaded library came from: of a library that was found by its soname only the loader knows where.</summary>
internal static class LoadedFile
{
    // A line is `7f00-7f10 r-xp 00000000 08:01 1234   /usr/lib/x.so`: the path is the sixth field, and may itself hold spaces.
    private const int PathField = 5;

    /// <summary>Finds the file of a library.</summary>
    /// <param name="handle">The library, from <see cref="NativeLibrary"/>.</param>
    /// <param name="symbol">Any of its functions.</param>
    /// <returns>The file, or null where the system does not tell.</returns>
    public static FileInfo? Of(nint handle, string symbol)
    {
        const string maps = "/proc/self/maps";
        if (!NativeLibrary.TryGetExport(handle, symbol, out nint address) || !File.Exists(maps)) return null;
        return PathAt(File.ReadLines(maps), (ulong)address) is { } path && File.Exists(path) ? new FileInfo(path) : null;
    }

    /// <summary>The path of the mapping that an address lies in.</summary>
    /// <param name="maps">The lines of <c>/proc/self/maps</c>.</param>
    /// <param name="address">The address.</param>
    internal static string? PathAt(IEnumerable<string> maps, ulong address)
    {
        foreach (string line in maps)
        {
            string[] fields = line.Split(' ', PathField + 1, StringSplitOptions.RemoveEmptyEntries);
            string[] range = fields[0].Split('-');
            if (fields.Length > PathField && Parse(range[0]) <= address && address < Parse(range[1])) return fields[PathField].TrimStart();
        }

        return null;
    }

    private static ulong Parse(string hexadecimal) => ulong.Parse(hexadecimal, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
