using System.Diagnostics;
using System.Globalization;
using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.Inference;
using Dropwise.ModelFiles;

namespace Dropwise.Cli.Tests;

/// <summary>Models that are larger than what a process may hold of them.</summary>
public sealed class BigModelTests(ITestOutputHelper output) : IDisposable
{
    // A 13 B checkpoint has layers of this size, one at a time in memory: what holds for seven of them holds for forty.
    private const int Layers = 7;
    private const long MostAnonymousBytes = 1_500_000_000;

    // Two and a half times what is asked for: other work shares the machine of a test run.
    private const double MostLoadSeconds = 0.75;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Four_gigabytes_in_shards_are_quantized_in_little_anonymous_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc, which says what memory is anonymous, is of Linux");
        BigModel.RequireRoom(_folder, 2 * Layers * BigModel.LayerBytes);
        string model = BigModel.Create(_folder, Layers), result = _folder.Combine("big.safetensors");
        Assert.True(Directory.EnumerateFiles(model).Sum(static file => new FileInfo(file).Length) > 4_000_000_000);

        string program = Path.Combine(AppContext.BaseDirectory, "dropwise.dll");
        using Process process = Process.Start(new ProcessStartInfo(
            "dotnet", [program, "quantize", model, "--format", "int4g32", "-o", result, "--json"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> text = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        long peak = 0;
        while (!process.WaitForExit(20)) peak = Math.Max(peak, AnonymousBytes(process.Id));
        output.WriteLine($"peak of anonymous memory {peak >> 20} MiB");
        Assert.True(process.ExitCode == 0, await errors);
        Assert.InRange(peak, 1, MostAnonymousBytes);
        using ModelSource source = ModelSource.OpenAny(result, new FormatRegistry(FormatTable.Rows));
        Assert.Equal(7 * Layers, source.Matrices.Count);
        Assert.NotEmpty(await text);
    }

    [Fact]
    [Trait("Category", "Speed")]
    public void A_gigabyte_loads_without_a_copy()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc, which says what memory is anonymous, is of Linux");
        BigModel.RequireRoom(_folder, 4 * BigModel.LayerBytes);
        string model = BigModel.Create(_folder, layers: 2);
        var registry = new FormatRegistry(FormatTable.Rows);
        Assert.InRange(Directory.EnumerateFiles(model).Sum(static file => new FileInfo(file).Length), 1_000_000_000, 2_000_000_000);
        double seconds = double.MaxValue;
        for (int i = 0; i < 3; i++)
        {
            long before = AnonymousBytes(Environment.ProcessId);
            var watch = Stopwatch.StartNew();
            using ModelWeights weights = WeightLoader.Load(ModelSource.OpenAny(model, registry));
            seconds = Math.Min(seconds, watch.Elapsed.TotalSeconds);

            // A copy would be a gigabyte.
            Assert.InRange(AnonymousBytes(Environment.ProcessId) - before, long.MinValue, 100L << 20);
            Assert.Equal(2, weights.Layers.Length);
        }

        output.WriteLine($"loaded in {seconds * 1000:0} ms");
        Assert.InRange(seconds, 0, MostLoadSeconds);
    }

    /// <summary>Memory of a process that no file backs; 0 where it has ended meanwhile.</summary>
    private static long AnonymousBytes(int process)
    {
        try
        {
            string line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(static line => line.StartsWith("RssAnon:", StringComparison.Ordinal)) ?? "RssAnon: 0 kB";
            return long.Parse(line.AsSpan("RssAnon:".Length, line.Length - "RssAnon:".Length - " kB".Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture) << 10;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
