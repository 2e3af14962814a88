using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.Models;
using Dropwise.Quantization.Models.Journal;
using Dropwise.Quantization.Recipes;
using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.Tests.Models;

/// <summary>A calibrated run that is stopped anywhere goes on to the same bytes, and what cannot be gone on with is refused in one line.</summary>
public sealed class ResumeTests : IDisposable
{
    private static readonly FormatRegistry Registry = new(FormatTable.Rows);

    private readonly TinyModel _model = new(change: static (_, values) =>
    {
        // Layers that give as much as they take: what a layer adds is otherwise many times the text itself.
        for (int i = 0; i < values.Length && values.Length > TinyModel.Hidden; i++) values[i] *= 0.125f;
    });

    [Theory]
    [InlineData("dbd4x8g8h", "self_attn.k_proj", 0)]
    [InlineData("dbd4x8g8h", "layers.1.mlp", 10)]
    [InlineData("dbd4x8g8", "layers.1.self_attn", 0)]
    [InlineData("dbd4x8g8", "layers.1.self_attn", 10)]
    [InlineData("int3g32", "layers.1.mlp.down", 0)]
    [InlineData("spqr3", "layers.1.self_attn", 0)]
    public void A_run_that_was_stopped_ends_in_the_same_bytes(string format, string stop, int steps)
    {
        ModelQuantizationOptions options = Options(Registry[format], steps);
        byte[] whole = Bytes(options);
        Stop(options, stop);
        Assert.Equal(whole, Bytes(options with { Resume = true, Workers = 1 }));
        Assert.Equal([_model.Output], _model.Written());
    }

    [Fact]
    public void A_recipe_of_formats_with_and_without_text_is_gone_on_with()
    {
        string path = Path.Combine(Path.GetDirectoryName(_model.Output)!, "..", "recipe.json");
        Recipe.Write(path, new RecipeDocument(
            Tensors: [new TensorRule("layers.0", "none"), new TensorRule("down_proj", "spqr3"), new TensorRule("gate_proj", "int4g32"), new TensorRule("_proj", "dbd4x8g8")], Levels: [3, 2]));
        ModelQuantizationOptions options = Options(null, 0) with { Recipe = Recipe.Read(path, Registry), HeadFormat = Registry["dbd4x8g8"] };
        byte[] whole = Bytes(options);

        // The one weight that no text looks at comes last.
        Stop(options, "embed_tokens");
        Assert.Equal(whole, Bytes(options with { Resume = true }));
    }

    [Fact]
    public void Errors_of_finished_layers_are_reported_again()
    {
        ModelQuantizationOptions options = Options(Registry["dbd4x8g8h"], 0);
        ModelSummary whole = Quantize(options);
        Stop(options, "layers.1");
        ModelSummary resumed = Quantize(options with { Resume = true });
        Assert.Equal(whole.Tensors.SelectMany(static tensor => tensor.RelativeError), resumed.Tensors.SelectMany(static tensor => tensor.RelativeError));
        Assert.Equal(whole.Tensors.SelectMany(static tensor => tensor.WeightedError), resumed.Tensors.SelectMany(static tensor => tensor.WeightedError));
        Assert.Contains(whole.Stages, static stage => stage.Name == "moments" && stage.Elapsed > TimeSpan.Zero);
    }

    [Theory]
    [InlineData("layer-0000.safetensors", true)]
    [InlineData("layer-0000.safetensors", false)]
    [InlineData("layer-0000.sha256", true)]
    [InlineData("codebooks-dbd4x8g8h.safetensors", false)]
    public void What_was_damaged_is_done_again_with_a_warning(string file, bool cut)
    {
        ModelQuantizationOptions options = Options(Registry["dbd4x8g8h"], 0);
        byte[] whole = Bytes(options);
        Stop(options, "layers.1.mlp");
        string path = Path.Combine(PartialOutput.FolderOf(_model.Output), file);
        byte[] bytes = File.ReadAllBytes(path);
        if (!cut) bytes[bytes.Length * 3 / 4] ^= 4;
        File.WriteAllBytes(path, cut ? bytes[..(bytes.Length / 2)] : bytes);
        var warnings = new List<string>();
        Assert.Equal(whole, Bytes(options with { Resume = true, Warning = warnings.Add }));
        Assert.Contains("is damaged", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_nobody_wants_to_go_on_with_is_not_thrown_away()
    {
        ModelQuantizationOptions options = Options(Registry["int3g32"], 0);
        Stop(options, "layers.1");
        Refused(options, "--resume goes on with it");
        Quantize(options with { Resume = true });
    }

    [Fact]
    public void A_run_of_other_options_is_refused_by_name()
    {
        ModelQuantizationOptions options = Options(Registry["int3g32"], 0) with { Resume = true };
        Stop(options, "layers.1");
        Refused(options with { Additive = options.Additive with { Seed = 7 } }, "--seed 1, not 7");
        Refused(options with { Format = Registry["int4g32"] }, "--format int3g32, not int4g32");
        Refused(options with { Calibration = options.Calibration! with { Blend = 0.25 } }, "--blend auto, not 0.25");
        Refused(options with { Calibration = options.Calibration! with { Windows = Windows(20) } }, "--samples 24, not 20");
        Refused(options with { Calibration = options.Calibration! with { Windows = Windows(24, seed: 2) } }, "another --calibration text");
        Refused(options with { Gptq = options.Gptq with { Damping = 0.5 } }, "other options");
        Quantize(options);
    }

    [Fact]
    public void A_run_of_another_revision_of_the_algorithms_is_refused()
    {
        ModelQuantizationOptions options = Options(Registry["int3g32"], 0) with { Resume = true };
        Stop(options, "layers.1");
        string path = Assert.Single(Directory.GetFiles(PartialOutput.FolderOf(_model.Output)), static file => File.ReadAllText(file).Contains(RunIdentity.RevisionName, StringComparison.Ordinal));
        string[] lines = File.ReadAllLines(path);
        File.WriteAllLines(path, lines.Where(static line => !line.StartsWith(RunIdentity.RevisionName, StringComparison.Ordinal)));
        Refused(options, $"{RunIdentity.RevisionName} none, not");
    }

    [Fact]
    public void A_model_that_changed_is_refused()
    {
        ModelQuantizationOptions options = Options(Registry["int3g32"], 0) with { Resume = true };
        Stop(options, "layers.1");
        string weights = Path.Combine(Path.GetDirectoryName(_model.Output)!, "..", "model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^20] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Refused(options, "another model");
    }

    [Fact]
    public void A_folder_in_use_is_refused()
    {
        ModelQuantizationOptions options = Options(Registry["int3g32"], 0) with { Resume = true };
        Stop(options, "layers.1");
        using (new FileStream(Path.Combine(PartialOutput.FolderOf(_model.Output), "lock"), FileMode.Open, FileAccess.Write, FileShare.None)) Refused(options, "in use");
        Quantize(options);
    }

    [Fact]
    public void Nothing_finished_leaves_nothing_behind()
    {
        ModelQuantizationOptions options = Options(Registry["int3g32"], 0);
        Stop(options, "layers.0");
        Assert.Empty(_model.Written());
    }

    [Fact]
    public void Text_that_the_model_wrote_is_kept()
    {
        ModelQuantizationOptions options = Options(Registry["int3g32"], 0);
        options = options with { Calibration = options.Calibration! with { IsDrawn = true } };
        Stop(options, "layers.0");
        Assert.Equal(
            options.Calibration!.Windows.Select(static window => string.Join(' ', window)), PartialOutput.ReadText(_model.Output).Select(static window => string.Join(' ', window)));
        Quantize(options with { Resume = true });
    }

    public void Dispose() => _model.Dispose();

    private static ImmutableArray<ImmutableArray<int>> Windows(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 48).Select(_ => random.Next(TinyModel.Vocabulary)).ToImmutableArray())];
    }

    private static ModelQuantizationOptions Options(FormatRow? format, int steps) => new()
    {
        Format = format,
        Additive = new AdditiveOptions { Rounds = 1, BeamWidth = 2, TrainingVectors = 4096 },
        Calibration = new CalibrationOptions { Windows = Windows(24), Tuning = steps == 0 ? null : new BlockTuningOptions { Steps = steps } },
    };

    private byte[] Bytes(ModelQuantizationOptions options)
    {
        Quantize(options);
        return File.ReadAllBytes(_model.Output);
    }

    private ModelSummary Quantize(ModelQuantizationOptions options)
    {
        using ModelFolder source = _model.Open();
        return ModelQuantizer.Quantize(source, _model.Output, options, null, TestContext.Current.CancellationToken);
    }

    /// <summary>Quantizes until a weight of a name is begun.</summary>
    private void Stop(ModelQuantizationOptions options, string name)
    {
        using ModelFolder source = _model.Open();
        File.Delete(_model.Output);
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => ModelQuantizer.Quantize(
            source,
            _model.Output,
            options,
            progress =>
            {
                if (progress.Tensor.Contains(name, StringComparison.Ordinal)) stop.Cancel();
            },
            stop.Token));
        Assert.False(File.Exists(_model.Output));
    }

    private void Refused(ModelQuantizationOptions options, string reason)
    {
        string message = Assert.Throws<ModelFileException>(() => Quantize(options)).Message;
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.StartsWith(PartialOutput.FolderOf(_model.Output), message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }
}
