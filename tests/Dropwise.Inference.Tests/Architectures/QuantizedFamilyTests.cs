using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Models;
using Dropwise.Testing;

namespace Dropwise.Inference.Tests.Architectures;

/// <summary>Models of every family, quantized: what is, what is not, and that it runs.</summary>
public sealed class QuantizedFamilyTests(ITestOutputHelper output) : IDisposable
{
    private static readonly FormatRegistry Registry = new([.. FormatTable.Rows]);

    private static int[] Tokens { get; } = [.. Enumerable.Range(0, 40).Select(static i => i * 37 % 384)];

    private readonly string _folder = Directory.CreateTempSubdirectory("dropwise-families-").FullName;

    public static TheoryData<string> Families => GoldenLogitsTests.Families;

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_linear_layer_is_quantized_and_nothing_else(string family)
    {
        using CheckpointReader checkpoint = Quantize(family, "int8g32");
        using ModelFolder source = ModelFolder.Open(TestData.Find($"models/golden/{family}"));

        // Matrices of the source but for what is no linear layer.
        string[] expected = [.. source.Tensors.Where(static tensor => tensor.Shape.Length == 2).Select(static tensor => tensor.Name)
            .Where(static name => !name.Contains("embed", StringComparison.Ordinal) && !name.Contains("lm_head", StringComparison.Ordinal) && !name.EndsWith(".gate.weight", StringComparison.Ordinal))];
        Assert.Equal(expected.Order(StringComparer.Ordinal), checkpoint.Matrices.Keys.Order(StringComparer.Ordinal));
        foreach (TensorView tensor in source.Tensors.Where(tensor => !checkpoint.Matrices.ContainsKey(tensor.Name)))
            Assert.Equal(tensor.Bytes(0, (int)tensor.ByteLength), checkpoint.Tensors[tensor.Name].Bytes(0, (int)tensor.ByteLength));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_quantized_model_gives_the_logits_of_its_own_weights(string family)
    {
        using CheckpointReader checkpoint = Quantize(family, "int4g32");
        using ModelWeights model = WeightLoader.Load(checkpoint);
        double[] expected = new ReferenceDecoder(model).Logits(Tokens)[^1];
        float[] exact = Logits(model, Precision.Exact, 1, 512), fast = Logits(model, Precision.Fast, 1, 512), decoded = Logits(model, Precision.Fast, 1, 1);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], exact[i], 1e-4);
        output.WriteLine($"{family}: at once {Relative(exact, fast):0.0e+0}, token by token {Relative(exact, decoded):0.0e+0}");
        Assert.InRange(Relative(exact, fast), 0, LimitOf(family));
        Assert.InRange(Relative(exact, decoded), 0, LimitOf(family));
    }

    [Theory]
    [InlineData("mixtral", "dbd4x8g8h")]
    [InlineData("qwen3-moe", "int4g32")]
    [InlineData("qwen3-moe", "spqr3")]
    [InlineData("falcon", "dbd4x8g8h")]
    [InlineData("gemma3", "dbd4x8g8")]
    [InlineData("gemma2", "nf4g64")]
    public void Other_formats_run_the_same_at_once_and_token_by_token(string family, string format)
    {
        using CheckpointReader checkpoint = Quantize(family, format);
        using ModelWeights model = WeightLoader.Load(checkpoint);
        for (int level = 1; level <= model.Levels; level++)
        {
            float[] atOnce = Logits(model, Precision.Exact, level, 512);
            Assert.InRange(Relative(atOnce, Logits(model, Precision.Exact, level, 1)), 0, 1e-4);
            Assert.InRange(Relative(atOnce, Logits(model, Precision.Fast, level, 512)), 0, LimitOf(family));
            Assert.InRange(Relative(atOnce, Logits(model, Precision.Fast, level, 1)), 0, LimitOf(family));
        }
    }

    [Fact]
    public void A_token_reads_the_weights_of_its_own_experts_only()
    {
        using ModelWeights model = WeightLoader.Load(ModelFolder.Open(TestData.Find("models/golden/qwen3-moe")));
        LayerWeights layer = model.Layers[0];
        long expert = layer.FeedForward[0].Matrices.Sum(static matrix => matrix.BytesRead(1));
        long others = layer.QueryKeyValue.Append(layer.AttentionOutput).Select(static linear => linear.Matrix).Append(layer.Router!).Sum(static matrix => matrix.BytesRead(1));
        Assert.Equal((3 * (others + (2 * expert))) + model.Head.BytesRead(1), model.BytesPerToken(1));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private CheckpointReader Quantize(string family, string format)
    {
        string file = Path.Combine(_folder, $"{family}.{format}.safetensors");
        using ModelFolder source = ModelFolder.Open(TestData.Find($"models/golden/{family}"));
        var additive = new AdditiveOptions { Rounds = 1, BeamWidth = 2, TrainingVectors = 1 << 12 };
        ModelQuantizer.Quantize(source, file, new ModelQuantizationOptions { Format = RandomModels.Format(format), Additive = additive });
        return CheckpointReader.Open(file, Registry);
    }

    // What 8-bit activations do to the logits of random weights; the routers of Mixtral's random weights also choose other experts then.
    private static double LimitOf(string family) => family == "mixtral" ? 0.5 : 0.1;

    private static float[] Logits(ModelWeights model, Precision precision, int level, int batch)
    {
        using WorkerTeam team = new(2);
        using CpuSession session = new(model, team, new SessionOptions { Precision = precision, Batch = batch, Context = Tokens.Length, Level = level });
        session.Append(Tokens);
        return [.. session.Logits];
    }

    private static double Relative(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double error = 0, size = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            error += Math.Pow((double)actual[i] - expected[i], 2);
            size += Math.Pow(expected[i], 2);
        }

        return Math.Sqrt(error / size);
    }
}
