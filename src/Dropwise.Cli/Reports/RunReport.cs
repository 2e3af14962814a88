namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise run --json</c> prints.</summary>
/// <param name="Text">The generated text, without the prompt.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="GeneratedTokens">Tokens of the text.</param>
/// <param name="PromptTokensPerSecond">Prompt tokens a second.</param>
/// <param name="TokensPerSecond">Generated tokens a second.</param>
/// <param name="Level">The level that was read.</param>
/// <param name="FirstTokenSeconds">Time from the start of the process until the first token was there; 0 where the text is empty.</param>
internal sealed record RunReport(
    string Text, int PromptTokens, int GeneratedTokens, double PromptTokensPerSecond, double TokensPerSecond, int Level, double FirstTokenSeconds);
