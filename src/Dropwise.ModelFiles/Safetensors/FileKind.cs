using System.Runtime.InteropServices;

namespace Dropwise.ModelFiles;

/// <summary>What kind of thing a name stands for, which .NET tells of folders and links only.</summary>
internal static unsafe partial class FileKind
{
    // AT_FDCWD, STATX_TYPE, S_IFMT and S_IFREG of Linux, and struct statx: 256 bytes, the 16-bit mode at 28.
    private const int CurrentFolder = -100;
    private const uint TypeOnly = 1;
    private const int KindBits = 0xF000;
    private const int Regular = 0x8000;
    private const int ResultBytes = 256;
    private const int ModeOffset = 28;

    /// <summary>Whether a name stands for something that is there and no regular file: a folder, a device, a pipe, a socket.</summary>
    /// <param name="path">The name; links are followed.</param>
    public static bool IsSpecial(string path)
    {
        if (!OperatingSystem.IsLinux()) return Directory.Exists(path);
        byte* result = stackalloc byte[ResultBytes];
        return statx(CurrentFolder, path, 0, TypeOnly, result) == 0 && (*(ushort*)(result + ModeOffset) & KindBits) != Regular;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint wanted, byte* result);
}
