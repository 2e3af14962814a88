using System.Collections.Immutable;

namespace Dropwise.Inference;

/// <summary>What to generate.</summary>
public sealed record GenerationOptions
{
    /// <summary>The most tokens to generate; fewer where the context ends.</summary>
    public int MaximumTokens { get; init; } = 256;

    /// <summary>Tokens that end the text; they are not part of it.</summary>
    public ImmutableArray<int> EndTokens { get; init; } = [];

    /// <summary>How the next token is drawn.</summary>
    public SamplingOptions Sampling { get; init; } = new();
}
