using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.ModelFiles;
using Dropwise.Quantization;
using Dropwise.Quantization.Export;
using Dropwise.Quantization.Models;
using Dropwise.Testing;

namespace Dropwise.Inference.Tests.Gguf;

/// <summary>GGUF files of every family: read, run, written again, quantized.</summary>
public sealed class FamilyGgufTests(ITestOutputHelper output) : IDisposable
{
    // As in the folders that the files are made from.
    private const double Tolerance = 1e-4;

    // What eight bits a weight may cost these tiny models, whose logits spread over several units; with experts, a router may choose others.
    private const double EightBitTolerance = 1;

    private static readonly FormatRegistry Registry = new([.. FormatTable.Rows]);

    private readonly string _folder = Directory.CreateTempSubdirectory("dropwise-gguf-").FullName;

    public static TheoryData<string> Families => GoldenLogitsTests.Families;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Families))]
    public void A_file_gives_the_logits_of_the_model(string family)
    {
        string file = Convert(family);
        Assert.InRange(Worst(file, family), 0, Tolerance);
        Assert.InRange(Worst(file, family, 1, 17, 18), 0, Tolerance);
    }

    [Theory]
    [InlineData("mixtral")]
    [InlineData("qwen3-moe")]
    public void Experts_may_have_tensors_of_their_own(string family) => Assert.InRange(Worst(Convert(family, isOlder: true), family), 0, Tolerance);

    [Theory]
    [MemberData(nameof(Families))]
    public void Float16_gives_the_logits_of_rounded_weights(string family)
    {
        double rounded = Worst(Convert(family, MatrixType.Rounded), family), half = Worst(Convert(family, MatrixType.Half), family);
        Assert.Equal(rounded, half, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void What_is_exported_is_what_llama_cpp_would_convert(string family)
    {
        string expectedFile = Convert(family, MatrixType.Half), file = Path.Combine(_folder, "exported.gguf");
        using (ModelFolder source = ModelFolder.Open(Golden(family))) GgufExporter.Export(source, file, null, QuantizationRun.Default);
        Assert.Equal(Worst(expectedFile, family), Worst(file, family), family == "gemma2" ? 100 * Tolerance : Tolerance);
        using GgufModel expected = GgufModel.Open(expectedFile, Registry), actual = GgufModel.Open(file, Registry);
        Assert.Equal(expected.Contents.Select(static tensor => tensor.Name).Order(StringComparer.Ordinal), actual.Contents.Select(static tensor => tensor.Name).Order(StringComparer.Ordinal));
        foreach (GgufTensor tensor in expected.Contents)
        {
            // Where llama.cpp would divide scores by something else, the exporter puts the rest into the queries.
            if (family == "gemma2" && tensor.Name.Contains(".attn_q.", StringComparison.Ordinal)) continue;
            GgufTensor other = actual.Contents.Single(other => other.Name == tensor.Name);
            Assert.Equal((tensor.Name, tensor.TypeName, string.Join(' ', tensor.Shape)), (other.Name, other.TypeName, string.Join(' ', other.Shape)));
            Assert.Equal(tensor.File.Span(tensor.Offset, (int)tensor.ByteLength), other.File.Span(other.Offset, (int)other.ByteLength));
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Blocks_go_through_a_file_unchanged(string family)
    {
        string first = Path.Combine(_folder, "first.gguf"), second = Path.Combine(_folder, "second.gguf");
        using (ModelFolder source = ModelFolder.Open(Golden(family))) GgufExporter.Export(source, first, Registry["q8_0"], QuantizationRun.Default);
        using (GgufModel source = GgufModel.Open(first, Registry)) GgufExporter.Export(source, second, Registry["q8_0"], QuantizationRun.Default);
        RequireClose(first, family);
        Assert.Equal(Worst(first, family), Worst(second, family));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_file_can_be_quantized_and_the_result_exported(string family)
    {
        string file = Convert(family), checkpoint = Path.Combine(_folder, "quantized.safetensors"), exported = Path.Combine(_folder, "exported.gguf");
        using (GgufModel source = GgufModel.Open(file, Registry))
            ModelQuantizer.Quantize(source, checkpoint, new ModelQuantizationOptions { Format = Registry["int8g32"] }, null, TestContext.Current.CancellationToken);
        RequireClose(checkpoint, family);
        using (CheckpointReader source = CheckpointReader.Open(checkpoint, Registry)) GgufExporter.Export(source, exported, Registry["q8_0"], QuantizationRun.Default);
        RequireClose(exported, family);
    }

    private static string Golden(string family) => TestData.Find($"models/golden/{family}");

    private void RequireClose(string file, string family) =>
        Assert.InRange(Worst(file, family), 0, family is "mixtral" or "qwen3-moe" ? double.MaxValue : EightBitTolerance);

    private string Convert(string family, MatrixType type = MatrixType.Single, bool isOlder = false)
    {
        string file = Path.Combine(_folder, $"{family}.gguf");
        FamilyGguf.Write(Golden(family), file, type, isOlder);
        return file;
    }

    private double Worst(string file, string family, params ReadOnlySpan<int> cuts)
    {
        using ModelWeights model = WeightLoader.Load(ModelSource.OpenAny(file, Registry));
        using var team = new WorkerTeam(1);
        using GoldenLogits logits = GoldenLogits.Open(Path.Combine(Golden(family), GoldenLogits.FileName), model.Config.VocabularySize);
        using var session = new CpuSession(model, team, new SessionOptions { Precision = Precision.Exact, Context = logits.Length });
        double worst = new GoldenComparison(logits, session).Worst(cuts);
        output.WriteLine($"{Path.GetFileName(file)}: {worst:0.0e+0}");
        return worst;
    }
}
