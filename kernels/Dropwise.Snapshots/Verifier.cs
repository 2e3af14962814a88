using System.Runtime.CompilerServices;

namespace Dropwise.Snapshots;

/// <summary>
/// Compares a text with the one that a person accepted: <c>Class.Method.verified.txt</c> beside the test. Names and file conventions
/// are those of the package Verify, so that a project can move to it by changing a using.
/// </summary>
public static class Verifier
{
    /// <summary>Compares a text with its snapshot.</summary>
    /// <param name="target">The text; line ends do not matter.</param>
    /// <param name="extension">The extension of the snapshot's file, without a dot.</param>
    /// <param name="sourceFile">The test's file; the compiler fills it in.</param>
    /// <param name="method">The test's method; the compiler fills it in.</param>
    /// <returns>What the test awaits or returns; it fails with a <see cref="VerifyException"/> when the texts differ.</returns>
    public static SettingsTask Verify(
        string target, string extension = "txt", [CallerFilePath] string sourceFile = "", [CallerMemberName] string method = "")
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentException.ThrowIfNullOrEmpty(extension);
        ArgumentException.ThrowIfNullOrEmpty(sourceFile);
        ArgumentException.ThrowIfNullOrEmpty(method);
        return new SettingsTask(target, new SnapshotName(sourceFile, method, extension));
    }
}
