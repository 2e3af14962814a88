using Dropwise.Cpu;
using Dropwise.Formats;

namespace Dropwise.Snapshots.Tests;

public sealed class ChangedKernelTests : IDisposable
{
    private const string Engine = "avx2";

    private readonly string _folder = Directory.CreateTempSubdirectory("dropwise-kernel-").FullName;

    private string SourceFile => Path.Combine(_folder, "Review.cs");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_kernel_that_became_another_fails_and_shows_the_line()
    {
        Assert.SkipWhen(SnapshotEnvironment.Current.AcceptsAll, "everything is accepted, so that nothing fails");
        string verified = new SnapshotName(SourceFile, "Kernels", "txt") { Parameters = $"int4g32_{Engine}" }.Verified;
        await File.WriteAllTextAsync(verified, Int4g32.Row.Source(Engine), TestContext.Current.CancellationToken);
        await KernelSnapshot.Verify<Int4g32>(Engine, SourceFile, "Kernels");

        VerifyException failure = await Assert.ThrowsAsync<VerifyException>(
            async () => await KernelSnapshot.Verify<Changed>(Engine, SourceFile, "Kernels"));
        string[] lines = failure.Message.Split('\n');
        Assert.Contains(lines, static line => line.StartsWith('-') && line.Contains("MultiplyAddAdjacent", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith('+') && line.Contains("MultiplyAddSaturate", StringComparison.Ordinal));

        // The difference, not the kernel: a person has to read it.
        Assert.True(lines.Length < File.ReadLines(verified).Count() / 2, failure.Message);
    }

    [Fact]
    public void An_engine_that_does_not_exist_is_named() =>
        Assert.Contains("'sse9'", Assert.Throws<ArgumentException>(() => { KernelSnapshot.Verify<Int4g32>("sse9"); }).Message, StringComparison.Ordinal);

    /// <summary>Int4g32 as a generator with another idea would have written it.</summary>
    private readonly struct Changed : IQuantFormat
    {
        public static FormatRow Row { get; } = new()
        {
            Descriptor = Int4g32.Row.Descriptor,
            TileRows = Int4g32.Row.TileRows,
            Streams = Int4g32.Row.Streams,
            Pack = Int4g32.Row.Pack,
            Unpack = Int4g32.Row.Unpack,
            Kernels = Int4g32.Row.Kernels,
            Source = static engine => ReplaceFirst(Int4g32.Row.Source(engine), "MultiplyAddAdjacent", "MultiplyAddSaturate"),
        };

        private static string ReplaceFirst(string text, string old, string replacement)
        {
            int at = text.IndexOf(old, StringComparison.Ordinal);
            Assert.True(at >= 0, $"the kernel has no {old}");
            return text[..at] + replacement + text[(at + old.Length)..];
        }
    }
}
