using System.Diagnostics;
using System.Text;
using Dropwise.Testing;

namespace Dropwise.Tokenization.Tests;

/// <summary>Encoding keeps up with reading: at least 5 MB of UTF-8 a second on one thread, with nothing remembered from earlier texts.</summary>
public sealed class EncodingSpeedTests(ITestOutputHelper output)
{
    private const double LeastMegabytesPerSecond = 5;

    [Theory]
    [Trait("Category", "Speed")]
    [MemberData(nameof(PublishedTokenizer.Files), MemberType = typeof(PublishedTokenizer))]
    public void A_new_text_is_encoded_at_five_megabytes_a_second(string file)
    {
        const int Runs = 4; // The first one compiles the code; of the others the best tells what the code does when others leave the processor alone.
        string text = File.ReadAllText(TestData.Find("text/wikitext2.train-5k.txt"));
        double megabytes = Encoding.UTF8.GetByteCount(text) / 1e6;
        double best = 0;
        for (int run = 0; run < Runs; run++)
        {
            Tokenizer fresh = PublishedTokenizer.Read(file);
            double start = ThreadSeconds();
            fresh.Encode(text);
            best = Math.Max(best, megabytes / (ThreadSeconds() - start));
        }
        output.WriteLine($"{file}: {best:0.0} MB/s, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}");

        Assert.True(best >= LeastMegabytesPerSecond, $"{file}: {best:0.0} MB/s");
    }

    /// <summary>What this thread has run, as Linux counts it: others on the machine are not its fault. Elsewhere, the time that passed.</summary>
    private static double ThreadSeconds()
    {
        const string Schedule = "/proc/thread-self/schedstat"; // Nanoseconds run, nanoseconds waited, time slices.
        return File.Exists(Schedule)
            ? long.Parse(File.ReadAllText(Schedule).Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) / 1e9
            : Stopwatch.GetElapsedTime(0).TotalSeconds;
    }
}
