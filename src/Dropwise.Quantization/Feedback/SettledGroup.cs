namespace Dropwise.Quantization.Feedback;

/// <summary>One group of one row with all of the row settled. Spans that vectors read have 16 readable elements behind them.</summary>
internal readonly ref struct SettledGroup
{
    /// <summary>Code values v, and the weights themselves of outliers, [length].</summary>
    public required Span<float> Points { get; init; }

    /// <summary>Decoded weights ŵ, [length].</summary>
    public required Span<float> Values { get; init; }

    /// <summary>
    /// (Δ H)_j of the inputs of the group's block, by which the error falls fastest, [block]: changing weight j by δ changes the error by δ² H_jj − 2 δ (Δ H)_j.
    /// </summary>
    public required Span<float> Slopes { get; init; }

    /// <summary>The group's first input in its block.</summary>
    public required int First { get; init; }

    /// <summary>H from the group's first row and the block's first column on.</summary>
    public required ReadOnlySpan<float> Moments { get; init; }

    /// <summary>Elements from one row of H to the next.</summary>
    public required int Stride { get; init; }

    /// <summary>Diagonal of H, [length].</summary>
    public required ReadOnlySpan<float> Diagonal { get; init; }

    /// <summary>Which weights are kept in high precision, [length].</summary>
    public required Span<bool> IsOutlier { get; init; }

    /// <summary>Inputs.</summary>
    public int Length => Points.Length;

    /// <summary>One row of H over the block.</summary>
    /// <param name="input">An input of the group.</param>
    public ReadOnlySpan<float> MomentsOf(int input) => Moments.Slice(input * Stride, Slopes.Length);
}
