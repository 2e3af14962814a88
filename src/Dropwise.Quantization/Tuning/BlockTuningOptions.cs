namespace Dropwise.Quantization.Tuning;

/// <summary>How a layer is tuned.</summary>
public sealed record BlockTuningOptions
{
    /// <summary>The most steps.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Windows a step, at least 1.</summary>
    public int Batch { get; init; } = 2;

    /// <summary>The largest usual change of a value in the first steps, in parts of the root mean square of its kind; it falls to zero on a cosine.</summary>
    public double Rate { get; init; } = 6e-3;

    /// <summary>How much of the mean of gradients a step keeps.</summary>
    public double FirstDecay { get; init; } = 0.9;

    /// <summary>How much of the mean of their squares a step keeps.</summary>
    public double SecondDecay { get; init; } = 0.95;

    /// <summary>How many times held-out windows are looked at on the way; the best state of these, or that before the first step, is the result.</summary>
    public int Checks { get; init; } = 5;

    /// <summary>One window of so many is held out, the last ones.</summary>
    public int HeldOutOf { get; init; } = 8;

    /// <summary>Decides the order of windows.</summary>
    public int Seed { get; init; } = 1;
}
