using System.Collections.Immutable;
using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.Quantization.EndToEnd.Codes;
using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.EndToEnd;

/// <summary>How a quantized model is tuned as a whole.</summary>
public sealed record EndToEndOptions
{
    /// <summary><see cref="MostHeldOut"/> where nobody says.</summary>
    public const int DefaultMostHeldOut = 16;

    /// <summary>Windows of text: token ids, all of one length. The last ones are held out.</summary>
    public required ImmutableArray<ImmutableArray<int>> Windows { get; init; }

    /// <summary>The levels that will be served, ascending; empty for all but the first of a nested file, or the only one.</summary>
    public ImmutableArray<int> Levels { get; init; } = [];

    /// <summary>
    /// What a level's divergence counts: 1 over the balance's power of its divergence before, so that 1 lets levels gain alike in parts of their own, and 0 adds divergences up,
    /// of which the lowest level's is several times that of the highest.
    /// </summary>
    public double Balance { get; init; } = 1;

    /// <summary>The most steps.</summary>
    public int Steps { get; init; } = 200;

    /// <summary>Windows a step and level, at least 1; each level has windows of its own.</summary>
    public int Batch { get; init; } = 2;

    /// <summary>The largest usual change of a value in the first steps, in parts of the root mean square of its kind; it falls to zero on a cosine.</summary>
    public double Rate { get; init; } = 4e-3;

    /// <summary>What decides how far values other than codes go.</summary>
    public ValueOptimizer Optimizer { get; init; }

    /// <summary>How much of the mean of gradients a step keeps.</summary>
    public double FirstDecay { get; init; } = 0.9;

    /// <summary>How much of the mean of their squares a step keeps.</summary>
    public double SecondDecay { get; init; } = 0.95;

    /// <summary>How many times held-out windows are looked at on the way; the best state of these, or that before the first step, is the result.</summary>
    public int Checks { get; init; } = 5;

    /// <summary>One window of so many is held out, the last ones.</summary>
    public int HeldOutOf { get; init; } = 8;

    /// <summary>The most windows that are held out: more would cost as much as training and say little more.</summary>
    public int MostHeldOut { get; init; } = DefaultMostHeldOut;

    /// <summary>How codes are tuned beside all else; null where they stay.</summary>
    public CodeTuningOptions? Codes { get; init; }

    /// <summary>The device that computes; null for the processor.</summary>
    public CudaEngine? Device { get; init; }

    /// <summary>Whether the device multiplies in float32 where TF32 would do.</summary>
    public bool IsExact { get; init; }

    /// <summary>Decides the order of windows, and what is chosen at random.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Whether to go on with a run that was stopped, where its folder is beside the output; otherwise such a folder is an error.</summary>
    public bool Resume { get; init; }

    /// <summary>Hears of what went wrong and was made up for; null for nobody.</summary>
    public Action<string>? Warning { get; init; }

    /// <summary>Whether the reference wrote the windows itself: a run that stops keeps them then.</summary>
    public bool IsDrawn { get; init; }

    /// <summary>Threads to use; the result does not depend on it.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;
}
