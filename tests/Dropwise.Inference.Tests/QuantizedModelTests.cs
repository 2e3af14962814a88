using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Models;
using Dropwise.Testing;
using Dropwise.Tokenization;

namespace Dropwise.Inference.Tests;

/// <summary>The default model, quantized: what rounding of activations does to it, and which levels a cut file serves.</summary>
public sealed class QuantizedModelTests(ITestOutputHelper output) : IDisposable
{
    // The most that 8-bit activations and tables may change a perplexity; design.md, section 7.
    private const double Tolerance = 1e-3;
    private const int Context = 512;

    private readonly string _folder = Directory.CreateTempSubdirectory("dropwise-").FullName;

    // Little work for codebooks: how good the codes are does not matter here.
    private static AdditiveOptions Quick => new() { Rounds = 1, BeamWidth = 2, TrainingVectors = 1 << 13 };

    [Theory]
    [Trait("Category", "Slow")]
    [InlineData("int4g32", 1)]
    [InlineData("int8g32", 1)]
    [InlineData("nf4g64", 1)]
    [InlineData("dbd4x8g8h", 2)]
    [InlineData("dbd4x8g8h", 4)]
    public void Rounded_activations_change_the_perplexity_by_less_than_a_thousandth(string format, int level)
    {
        string file = Quantize(format);
        using ModelSource source = ModelSource.OpenAny(file, new FormatRegistry([.. FormatTable.Rows]));
        using ModelWeights model = WeightLoader.Load(source);
        int[] text = Tokenizer.FromJson(source.RequireTokenizer(), file).Encode(File.ReadAllText(Path.Combine(TestData.DefaultModel, "heldout.txt")));
        using WorkerTeam team = new(Environment.ProcessorCount);

        // Whole windows go through the products for many tokens, a batch of one through those for decoding. Fewer windows are no measure: what
        // rounding does to single tokens is larger than what it does to their mean.
        foreach ((int batch, int windows) in (ReadOnlySpan<(int, int)>)[(Context, 24), (1, 64)])
        {
            double exact = Perplexity(Precision.Exact, Context), fast = Perplexity(Precision.Fast, batch);
            output.WriteLine($"{format} level {level}, {batch} tokens at once: {fast:F4}, exact {exact:F4}, {(fast / exact) - 1:P3}");
            Assert.InRange(fast / exact, 1 - Tolerance, 1 + Tolerance);

            double Perplexity(Precision precision, int tokens)
            {
                using CpuSession session = new(model, team, new SessionOptions { Context = Context, Level = level, Precision = precision, Batch = tokens });
                return PerplexityEvaluator.Evaluate(session, text, Context, windows).Perplexity;
            }
        }
    }

    [Fact]
    public void A_file_cut_after_a_level_serves_the_levels_that_are_whole_and_says_which_are_missing()
    {
        string file = Quantize("dbd4x8g8");
        long[] ends;
        using (CheckpointReader whole = CheckpointReader.Open(file, new FormatRegistry([.. FormatTable.Rows]))) ends = [.. whole.LevelEnds];
        using (FileStream stream = File.OpenWrite(file)) stream.SetLength(ends[1] + 1);

        using ModelSource source = ModelSource.OpenAny(file, new FormatRegistry([.. FormatTable.Rows]));
        using ModelWeights model = WeightLoader.Load(source);
        using WorkerTeam team = new(1);
        using (CpuSession session = new(model, team, new SessionOptions { Context = 8 }))
        {
            Assert.Equal(2, session.Level);
            session.Append([1, 2, 3]);
        }

        Assert.Equal(
            "level 3 is not there: the model has levels 1 to 2; its file was cut before level 3 of 4",
            Assert.Throws<InferenceException>(() => new CpuSession(model, team, new SessionOptions { Context = 8, Level = 3 })).Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Quantize(string format)
    {
        string file = Path.Combine(_folder, format + ".safetensors");
        using ModelFolder source = ModelFolder.Open(TestData.DefaultModel);
        ModelQuantizer.Quantize(source, file, new ModelQuantizationOptions { Format = RandomModels.Format(format), Additive = Quick });
        return file;
    }
}
