namespace Dropwise.Inference;

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
