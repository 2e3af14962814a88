using System.Text;

namespace Dropwise.Snapshots;

/// <summary>Compares a text with its snapshot and keeps the files beside the test in order.</summary>
internal static class SnapshotComparison
{
    // Without a byte order mark, so that other tools see the first line as it is.
    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Compares once.</summary>
    /// <param name="target">The text.</param>
    /// <param name="name">Where its snapshot lies.</param>
    /// <param name="environment">Whether differences are accepted.</param>
    /// <exception cref="VerifyException">There is no snapshot, or it differs; the received text lies beside it.</exception>
    /// <exception cref="DirectoryNotFoundException">The test's source is not where it was compiled.</exception>
    public static async Task RunAsync(string target, SnapshotName name, SnapshotEnvironment environment)
    {
        string sources = Path.GetDirectoryName(name.SourceFile)!;
        if (!Directory.Exists(sources))
        {
            throw new DirectoryNotFoundException(
                $"snapshots lie beside the test's source, but '{sources}' does not exist: run the test where it was built, without mapped source paths");
        }

        string received = WithLineFeeds(target);
        string? verified = File.Exists(name.Verified) ? WithLineFeeds(await File.ReadAllTextAsync(name.Verified).ConfigureAwait(false)) : null;
        if (received == verified)
        {
            File.Delete(name.Received);
            return;
        }

        string path = environment.AcceptsAll ? name.Verified : name.Received;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, received, Encoding).ConfigureAwait(false);
        if (!environment.AcceptsAll) throw new VerifyException(name, verified, received);
        File.Delete(name.Received);
    }

    private static string WithLineFeeds(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal);
}
