namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise demo --json</c> prints.</summary>
/// <param name="Model">The model's folder.</param>
/// <param name="Format">The format that it was quantized to.</param>
/// <param name="QuantizeSeconds">Time that quantizing took.</param>
/// <param name="Seconds">Time that all of it took.</param>
/// <param name="Windows">Windows of the held-out text that perplexities were measured on.</param>
/// <param name="UnquantizedPerplexity">The perplexity of the original.</param>
/// <param name="Levels">What each level is worth.</param>
internal sealed record DemoReport(
    string Model, string Format, double QuantizeSeconds, double Seconds, int Windows, double UnquantizedPerplexity, DemoLevelReport[] Levels);

/// <summary>One level of the demonstration.</summary>
/// <param name="Level">From 1.</param>
/// <param name="BitsPerWeight">Bits a quantized weight.</param>
/// <param name="FileBytes">Bytes of the file that the level needs: the file cut there is this level's model.</param>
/// <param name="Perplexity">On the first windows of the held-out text.</param>
/// <param name="TokensPerSecond">Generated tokens a second.</param>
/// <param name="Story">What it tells.</param>
internal sealed record DemoLevelReport(int Level, double BitsPerWeight, long FileBytes, double Perplexity, double TokensPerSecond, string Story);
