using System.Diagnostics;

namespace Dropwise.ModelFiles.Tests;

/// <summary>A file system of a few kilobytes, for tests of a full disk. It needs Linux and the right to mount; other tests are skipped with that reason.</summary>
internal sealed class TinyDisk : IDisposable
{
    private readonly TemporaryFolder _folder;

    private TinyDisk(TemporaryFolder folder) => _folder = folder;

    /// <summary>Where it is mounted.</summary>
    public string Path => _folder.Path;

    /// <summary>Mounts a file system.</summary>
    /// <param name="kibibytes">Its size.</param>
    public static TinyDisk Mount(int kibibytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "mounting a small tmpfs needs Linux and root");
        var folder = new TemporaryFolder();
        if (Run("mount", "-t", "tmpfs", "-o", $"size={kibibytes}k", "tmpfs", folder.Path)) return new TinyDisk(folder);
        folder.Dispose();
        Assert.Skip("this machine does not allow to mount a tmpfs");
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Assert.True(Run("umount", _folder.Path));
        _folder.Dispose();
    }

    private static bool Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
