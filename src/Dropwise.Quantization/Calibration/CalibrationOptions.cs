using System.Collections.Immutable;
using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.Calibration;

/// <summary>What to calibrate with, and how.</summary>
public sealed record CalibrationOptions
{
    /// <summary>The method for formats that it fits; null, and for other formats, each format's own.</summary>
    public CalibratedMethod? Method { get; init; }

    /// <summary>Windows of text: token ids, all windows of one length but perhaps the last. The last eighth of them is held out where targets are chosen.</summary>
    public required ImmutableArray<ImmutableArray<int>> Windows { get; init; }

    /// <summary>Whether the model wrote the windows itself: a run that stops keeps them then, because writing takes long.</summary>
    public bool IsDrawn { get; init; }

    /// <summary>
    /// How much of what a level's input has lost its target makes up for, 0 (nothing: the weights themselves are the target) to 1; null to choose it for
    /// each weight and level by held-out text.
    /// </summary>
    public double? Blend { get; init; }

    /// <summary>How layers are tuned once their maps are quantized; null for not at all.</summary>
    public BlockTuningOptions? Tuning { get; init; }
}
