namespace Dropwise.Quantization.Feedback;

/// <summary>One group of one row at the moment when its first input is due: all inputs before it are settled.</summary>
internal readonly ref struct DueGroup
{
    /// <summary>Weights t to come close to, [length].</summary>
    public required ReadOnlySpan<float> Targets { get; init; }

    /// <summary>The targets with the errors of all inputs before the group in them, [length].</summary>
    public required ReadOnlySpan<float> Corrected { get; init; }

    /// <summary>d_j: what missing a corrected target costs, [length].</summary>
    public required ReadOnlySpan<float> Costs { get; init; }

    /// <summary>G_ij of the group's own inputs, i before j, at [j, i]; [length, length].</summary>
    public required ReadOnlySpan<float> Gains { get; init; }

    /// <summary>What a weight in high precision costs, which then misses nothing; infinite where the format has none.</summary>
    public required float OutlierPrice { get; init; }

    /// <summary>Inputs.</summary>
    public int Length => Targets.Length;
}
