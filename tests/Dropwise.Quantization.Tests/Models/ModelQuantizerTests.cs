using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Models;
using Dropwise.Reference;

namespace Dropwise.Quantization.Tests.Models;

public sealed class ModelQuantizerTests
{
    private static readonly FormatRegistry Registry = new(FormatTable.Rows);

    // The layers of the tiny model have 64 and 96 inputs.
    public static TheoryData<string> Formats => [.. Trained.Where(static row => row.Descriptor.InputUnit <= 32).Select(static row => row.Descriptor.Name)];

    // Wide codes are for files that others wrote.
    private static IEnumerable<FormatRow> Trained => Registry.Rows.Where(static row => !row.Descriptor.HasWideCodes);

    [Fact]
    public void A_format_that_is_only_read_says_so()
    {
        using var model = new TinyModel();
        using ModelFolder source = model.Open();
        Assert.Contains("aq1x16g8: 65,536 codewords", Assert.Throws<QuantizationException>(() => Quantize(source, model, Options("aq1x16g8"))).Message, StringComparison.Ordinal);
        Assert.Empty(model.Written());
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void What_is_read_back_has_the_errors_that_the_summary_says(string format)
    {
        using var model = new TinyModel();
        using ModelFolder source = model.Open();
        ModelSummary summary = Quantize(source, model, Options(format));
        Assert.Equal(TinyModel.LinearLayers, summary.Tensors.Length);
        FormatDescriptor descriptor = Registry[format].Descriptor;
        Assert.Equal(descriptor.Levels, summary.BitsPerWeight.Length);
        Assert.Equal(descriptor.Levels, summary.LevelEnds.Length);

        using CheckpointReader checkpoint = CheckpointReader.Open(model.Output, Registry);
        foreach (TensorSummary tensor in summary.Tensors)
        {
            Assert.Equal(format, tensor.Format);
            CanonicalMatrix matrix = checkpoint.ReadCanonical(tensor.Name);
            double[] weights = Rotated(source.Tensors[tensor.Name], matrix);
            for (int level = 1; level <= descriptor.Levels; level++)
                Assert.Equal(Error(weights, ReferenceDecoder.Decode(matrix, level)), tensor.RelativeError[level - 1], 1e-5);
        }
    }

    [Fact]
    public void All_other_tensors_are_kept()
    {
        using var model = new TinyModel(tied: false);
        using ModelFolder source = model.Open();
        Quantize(source, model, Options("int4g32"));
        using CheckpointReader checkpoint = CheckpointReader.Open(model.Output, Registry);
        string[] quantized = [.. checkpoint.Matrices.Keys];
        foreach (TensorView tensor in source.Tensors.Where(tensor => !quantized.Contains(tensor.Name)))
            Assert.Equal(tensor.Bytes(0, (int)tensor.ByteLength), checkpoint.Tensors[tensor.Name].Bytes(0, (int)tensor.ByteLength));
        Assert.Equal(source.Tensors.Count, quantized.Length + checkpoint.Tensors.Count);
        Assert.DoesNotContain("lm_head.weight", quantized);
        Assert.DoesNotContain("model.embed_tokens.weight", quantized);
    }

    [Theory]
    [InlineData(true, "model.embed_tokens.weight")]
    [InlineData(false, "lm_head.weight")]
    public void The_head_has_a_format_of_its_own_where_it_is_asked_for(bool tied, string name)
    {
        using var model = new TinyModel(tied);
        using ModelFolder source = model.Open();
        ModelSummary summary = Quantize(source, model, Options("dbd4x8g8") with { HeadFormat = Registry["int8g32"] });
        Assert.Equal((name, "int8g32"), (summary.Tensors[^1].Name, summary.Tensors[^1].Format));

        // The head counts with its one level at every level of the others.
        Assert.Equal(4, summary.BitsPerWeight.Length);
        Assert.True(summary.BitsPerWeight[3] > summary.BitsPerWeight[2]);
    }

    [Fact]
    public void A_rotated_format_is_refused_for_a_head_that_is_the_embedding()
    {
        using var model = new TinyModel();
        using ModelFolder source = model.Open();
        ModelQuantizationOptions options = Options("int4g32") with { HeadFormat = Registry["dbd4x8g8h"] };
        QuantizationException e = Assert.Throws<QuantizationException>(() => Quantize(source, model, options));
        Assert.Contains("dbd4x8g8h", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_one_input_share_a_rotation_and_all_weights_the_codebooks_of_a_model()
    {
        using var model = new TinyModel();
        using ModelFolder source = model.Open();
        Quantize(source, model, Options("dbd4x8g8h"));
        using CheckpointReader checkpoint = CheckpointReader.Open(model.Output, Registry);
        InputTransform? Rotation(string name) => checkpoint.Matrices[$"model.layers.{name}.weight"].Transform;
        Assert.Same(Rotation("0.self_attn.q_proj"), Rotation("0.self_attn.v_proj"));
        Assert.Same(Rotation("0.mlp.gate_proj"), Rotation("0.mlp.up_proj"));
        Assert.NotSame(Rotation("0.self_attn.q_proj"), Rotation("1.self_attn.q_proj"));
        Assert.Equal(12 - 4, checkpoint.Matrices.Values.Select(matrix => matrix.Transform).Distinct().Count());
        Assert.Single(checkpoint.Matrices.Values.Select(matrix => matrix.Codebooks).Distinct());
    }

    [Fact]
    public void Without_a_rotation_shared_codebooks_are_those_of_all_weights()
    {
        // The same layout and kernels, another scope: what a registry row of such a format would be.
        FormatRow own = Registry["dbd4x8g8"];
        var shared = new FormatRow
        {
            Descriptor = own.Descriptor with { Scope = CodebookScope.Model },
            TileRows = own.TileRows, Streams = own.Streams, Pack = own.Pack, Unpack = own.Unpack, Kernels = own.Kernels, Source = own.Source,
        };
        using var model = new TinyModel(change: (_, values) =>
        {
            // Far from normal: two values.
            for (int i = 0; i < values.Length; i++) values[i] = MathF.Sign(values[i]);
        });
        using ModelFolder source = model.Open();
        ModelSummary summary = Quantize(source, model, Options("dbd4x8g8") with { Format = shared });

        // Runs of eight signs are 256 kinds, as many as codewords, of which normal vectors know nothing.
        Assert.All(summary.Tensors, tensor => Assert.InRange(tensor.RelativeError[0], 0, 0.4));
    }

    [Theory]
    [InlineData("int4g32")]
    [InlineData("dbd4x8g8")]
    [InlineData("dbd4x8g8h")]
    public void The_file_is_the_same_byte_by_byte_at_any_number_of_workers(string format)
    {
        using var model = new TinyModel();
        using ModelFolder source = model.Open();
        Quantize(source, model, Options(format) with { Workers = 1 });
        byte[] one = File.ReadAllBytes(model.Output);
        Quantize(source, model, Options(format) with { Workers = 3 });
        Assert.Equal(one, File.ReadAllBytes(model.Output));
    }

    [Theory]
    [InlineData("int4g32")]
    [InlineData("dbd4x8g8h")]
    public void Progress_only_grows_and_ends_at_one(string format)
    {
        using var model = new TinyModel();
        using ModelFolder source = model.Open();
        var reports = new List<QuantizationProgress>();
        Quantize(source, model, Options(format), reports.Add);
        double[] fractions = [.. reports.Select(report => report.Fraction)];
        Assert.Equal(fractions.Order(), fractions);
        Assert.Equal(1, fractions[^1], 1e-9);
        Assert.Contains(reports, report => report.Tensor == "model.layers.1.mlp.down_proj.weight");
    }

    [Theory]
    [InlineData("int4g32")]
    [InlineData("dbd4x8g8h")]
    public void A_weight_that_is_no_number_is_named_and_leaves_nothing_behind(string format)
    {
        using var model = new TinyModel(change: (name, values) =>
        {
            if (name == "model.layers.1.mlp.up_proj.weight") values[(5 * TinyModel.Hidden) + 9] = float.NaN;
        });
        using ModelFolder source = model.Open();
        QuantizationException e = Assert.Throws<QuantizationException>(() => Quantize(source, model, Options(format)));
        Assert.Contains("'model.layers.1.mlp.up_proj.weight'", e.Message, StringComparison.Ordinal);
        Assert.Contains("row 5, column 9", e.Message, StringComparison.Ordinal);
        Assert.Empty(model.Written());
    }

    [Fact]
    public void A_stopped_run_leaves_nothing_behind()
    {
        using var model = new TinyModel();
        using ModelFolder source = model.Open();
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => ModelQuantizer.Quantize(
            source,
            model.Output,
            Options("dbd4x8g8"),
            report =>
            {
                if (report.Fraction > 0.5) stop.Cancel();
            },
            stop.Token));
        Assert.Empty(model.Written());
    }

    [Fact]
    public void The_fast_decoder_agrees_with_the_oracle()
    {
        foreach (FormatRow row in Trained)
        {
            FloatMatrix weights = Matrices.Gaussian(20, row.Descriptor.InputUnit <= 32 ? 160 : 512);
            CanonicalMatrix matrix = row.Descriptor.Kind == CodeKind.Additive
                ? new AdditiveQuantizer(row.Descriptor, new AdditiveOptions { Rounds = 1 }).Quantize(weights, QuantizationRun.Default)
                : row.Descriptor is { SecondLevel: not null, Block: not null }
                ? new Quantization.Rounding.BlockQuantizer(row.Descriptor).Quantize(weights, QuantizationRun.Default)
                : row.Descriptor.SecondLevel is not null
                ? new Quantization.Rounding.SecondLevelQuantizer(row.Descriptor).Quantize(weights, QuantizationRun.Default)
                : new Quantization.Rounding.RtnQuantizer(row.Descriptor).Quantize(weights, QuantizationRun.Default);
            for (int level = 1; level <= row.Descriptor.Levels; level++)
            {
                double[] expected = ReferenceDecoder.Decode(matrix, level);
                Assert.InRange(Error(expected, [.. Matrices.Decoded(matrix, level).Values.Select(w => (double)w)]), 0, 1e-6);
            }
        }
    }

    private static ModelSummary Quantize(
        ModelFolder source, TinyModel model, ModelQuantizationOptions options, Action<QuantizationProgress>? progress = null) =>
        ModelQuantizer.Quantize(source, model.Output, options, progress, TestContext.Current.CancellationToken);

    private static ModelQuantizationOptions Options(string format) =>
        new() { Format = Registry[format], Additive = new AdditiveOptions { Rounds = 2, BeamWidth = 4 } };

    private static double[] Rotated(TensorView tensor, CanonicalMatrix matrix)
    {
        var weights = new float[tensor.Elements];
        tensor.ReadFloats(0, weights);
        if (matrix.Transform is not { } transform) return [.. weights.Select(w => (double)w)];
        return [.. weights.Chunk(matrix.Columns).SelectMany(row => ReferenceRotation.Apply(transform, [.. row.Select(w => (double)w)]))];
    }

    private static double Error(double[] expected, double[] actual) =>
        Math.Sqrt(expected.Zip(actual, (x, y) => (x - y) * (x - y)).Sum() / expected.Sum(x => x * x));
}
