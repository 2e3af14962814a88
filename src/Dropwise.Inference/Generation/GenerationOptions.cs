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

/// <summary>Why generation ended.</summary>
public enum GenerationEnd
{
    /// <summary>The model produced an end token.</summary>
    EndToken = 0,

    /// <summary>All tokens that were asked for are there.</summary>
    MaximumTokens = 1,

    /// <summary>The context is full.</summary>
    ContextFull = 2,

    /// <summary>The caller asked to stop.</summary>
    Stopped = 3,
}

/// <summary>What a generation did and how long it took.</summary>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="GeneratedTokens">Tokens generated, the end token not counted.</param>
/// <param name="PromptSeconds">Time from the start until the first token could be drawn.</param>
/// <param name="GenerationSeconds">Time from there to the end.</param>
/// <param name="End">Why it ended.</param>
public sealed record GenerationResult(int PromptTokens, int GeneratedTokens, double PromptSeconds, double GenerationSeconds, GenerationEnd End)
{
    /// <summary>Prompt tokens a second.</summary>
    public double PromptTokensPerSecond => PromptTokens / PromptSeconds;

    /// <summary>Generated tokens a second.</summary>
    public double TokensPerSecond => GeneratedTokens == 0 ? 0 : GeneratedTokens / GenerationSeconds;
}
