using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.Models;
using Dropwise.Quantization.Tests.Models;
using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.Tests.Tuning;

/// <summary>Block tuning as part of quantizing a model.</summary>
public sealed class TunedModelTests
{
    private static readonly FormatRegistry Registry = new(FormatTable.Rows);

    [Fact]
    public void A_tuned_file_has_other_norms_and_does_not_depend_on_the_number_of_workers()
    {
        byte[] one = Quantize(1, steps: 20), three = Quantize(3, steps: 20), untuned = Quantize(2, steps: 0);
        Assert.Equal(one, three);
        Assert.NotEqual(untuned, one);
    }

    private static byte[] Quantize(int workers, int steps)
    {
        using var model = new TinyModel(change: static (_, values) =>
        {
            for (int i = 0; i < values.Length && values.Length > TinyModel.Hidden; i++) values[i] *= 0.125f;
        });
        using ModelFolder source = model.Open();
        var random = new Random(5);
        ImmutableArray<ImmutableArray<int>> windows =
            [.. Enumerable.Range(0, 16).Select(_ => ImmutableArray.CreateRange(Enumerable.Range(0, 40).Select(_ => random.Next(TinyModel.Vocabulary))))];
        var options = new ModelQuantizationOptions
        {
            Format = Registry["dbd4x8g8h"],
            Additive = new AdditiveOptions { Rounds = 1, TrainingVectors = 4096 },
            Calibration = new CalibrationOptions
            {
                Method = CalibratedMethod.Find("ldlq")!,
                Windows = windows,

                // Targets that make up for nothing leave tuning something to do.
                Blend = 0,
                Tuning = steps == 0 ? null : new BlockTuningOptions { Steps = steps },
            },
            Workers = workers,
        };
        ModelSummary summary = ModelQuantizer.Quantize(source, model.Output, options);
        Assert.Equal(TinyModel.LinearLayers, summary.Tensors.Length);
        int changed = 0;
        using (CheckpointReader checkpoint = CheckpointReader.Open(model.Output, Registry))
        {
            foreach (TensorView norm in source.Tensors.Where(static tensor => tensor.Name.Contains("layernorm", StringComparison.Ordinal)))
            {
                float[] before = new float[norm.Elements], after = new float[norm.Elements];
                norm.ReadFloats(0, before);
                checkpoint.Tensors[norm.Name].ReadFloats(0, after);
                if (!before.SequenceEqual(after)) changed++;
                for (int i = 0; i < before.Length; i++) Assert.Equal(before[i], after[i], 0.2);
            }
        }

        // A layer that no step improved on held-out windows stays as it was.
        Assert.Equal(steps > 0, changed > 0);
        return File.ReadAllBytes(model.Output);
    }
}
