using System.Diagnostics;
using System.Text;
using Dropwise.Testing;

namespace Dropwise.Tokenization.Tests;

/// <summary>Encoding keeps up with reading: at least 5 MB of UTF-8 a second on one thread, with nothing remembered from earlier texts.</summary>
public sealed class EncodingSpeedTests(ITestOutputHelper output)
{
    private const double LeastMegabytesPerSecond = 5;

    [Theory]
    [Trait("Category", "Slow")]
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
            long start = Stopwatch.GetTimestamp();
            fresh.Encode(text);
            best = Math.Max(best, megabytes / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        output.WriteLine($"{file}: {best:0.0} MB/s, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}");

        Assert.True(best >= LeastMegabytesPerSecond, $"{file}: {best:0.0} MB/s");
    }
}
