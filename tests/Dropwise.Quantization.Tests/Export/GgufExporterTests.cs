using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Export;
using Dropwise.Quantization.Models;
using Dropwise.Quantization.Tests.Models;

namespace Dropwise.Quantization.Tests.Export;

public sealed class GgufExporterTests
{
    private const string Query = "model.layers.1.self_attn.q_proj.weight";
    private const string Down = "model.layers.1.mlp.down_proj.weight";
    private const int HeadDimension = TinyModel.Hidden / 4;

    private static readonly FormatRegistry Registry = new(FormatTable.Rows);

    [Fact]
    public void Float16_keeps_values_and_moves_rows_of_q_and_k()
    {
        using var model = new TinyModel();
        using ModelFolder source = model.Open();
        Assert.False(GgufExporter.Export(source, model.Output, null, QuantizationRun.Default));
        using GgufModel gguf = GgufModel.Open(model.Output, Registry);
        Assert.True(gguf.Config.Rope.Interleaved);
        Assert.Equal(source.Config with { Rope = gguf.Config.Rope, SavedType = null }, gguf.Config with { EndTokens = source.Config.EndTokens });
        Assert.Equal(Halves(source.Tensors[Down]), Floats(gguf.Tensors[Down]));
        float[] expected = Halves(source.Tensors[Query]), actual = Floats(gguf.Tensors[Query]);
        for (int row = 0; row < TinyModel.Hidden; row++)
        {
            // Element i of the first half of a head becomes row 2i, of the second half row 2i + 1.
            int inHead = row % HeadDimension;
            int moved = row - inHead + (inHead < HeadDimension / 2 ? 2 * inHead : (2 * (inHead - (HeadDimension / 2))) + 1);
            Assert.Equal(expected.AsSpan(row * TinyModel.Hidden, TinyModel.Hidden), actual.AsSpan(moved * TinyModel.Hidden, TinyModel.Hidden));
        }
    }

    [Theory]
    [InlineData("q8_0", 0.006)]
    [InlineData("q4_0", 0.095)]
    public void Blocks_are_close_to_the_weights(string format, double limit)
    {
        using var model = new TinyModel();
        using ModelFolder source = model.Open();
        GgufExporter.Export(source, model.Output, Registry[format], QuantizationRun.Default);
        using GgufModel gguf = GgufModel.Open(model.Output, Registry);
        Assert.Equal(format, gguf.Matrices[Down].Row.Descriptor.Name);
        Assert.InRange(Error(Floats(source.Tensors[Down]), Decoded(gguf, Down)), 1e-4, limit);
    }

    [Fact]
    public void A_rotation_is_turned_back()
    {
        using var model = new TinyModel();
        using ModelFolder source = model.Open();
        ModelQuantizer.Quantize(source, model.Output, new ModelQuantizationOptions { Format = Registry["dbd4x8g8h"], Additive = new AdditiveOptions { Rounds = 2 } }, null, TestContext.Current.CancellationToken);
        using CheckpointReader checkpoint = CheckpointReader.Open(model.Output, Registry);
        string output = model.Output + ".gguf";
        GgufExporter.Export(checkpoint, output, null, QuantizationRun.Default);
        using GgufModel gguf = GgufModel.Open(output, Registry);
        Assert.InRange(Error(Floats(source.Tensors[Down]), Floats(gguf.Tensors[Down])), 1e-4, 0.2);
    }

    [Fact]
    public void Blocks_of_the_wanted_format_are_copied_bit_by_bit()
    {
        using var model = new TinyModel();
        using ModelFolder source = model.Open();
        ModelQuantizer.Quantize(source, model.Output, new ModelQuantizationOptions { Format = Registry["q4_0"] }, null, TestContext.Current.CancellationToken);
        using CheckpointReader checkpoint = CheckpointReader.Open(model.Output, Registry);
        string output = model.Output + ".gguf";
        GgufExporter.Export(checkpoint, output, Registry["q4_0"], QuantizationRun.Default);
        using GgufModel gguf = GgufModel.Open(output, Registry);
        Assert.Equal(checkpoint.Matrices[Down].ToCanonical().Codes[0], gguf.Matrices[Down].ToCanonical().Codes[0]);
        Assert.Equal(checkpoint.Matrices[Down].ToCanonical().GroupScales, gguf.Matrices[Down].ToCanonical().GroupScales);
    }

    private static float[] Floats(TensorView tensor)
    {
        float[] values = new float[tensor.Elements];
        tensor.ReadFloats(0, values);
        return values;
    }

    private static float[] Halves(TensorView tensor) => [.. Floats(tensor).Select(static value => (float)(Half)value)];

    private static float[] Decoded(ModelSource model, string name)
    {
        CheckpointMatrix matrix = model.Matrices[name];
        float[] values = new float[matrix.Rows * matrix.Columns];
        matrix.DecodeRows(0, values);
        return values;
    }

    private static double Error(float[] expected, float[] actual) =>
        Math.Sqrt(expected.Zip(actual, static (x, y) => (double)(x - y) * (x - y)).Sum() / expected.Sum(static x => (double)x * x));
}
