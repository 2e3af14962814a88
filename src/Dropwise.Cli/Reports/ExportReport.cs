namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise export --json</c> prints.</summary>
/// <param name="Output">The file.</param>
/// <param name="Type">What matrices are in it.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="HasTokenizer">Whether the tokenizer is in the file.</param>
internal sealed record ExportReport(string Output, string Type, long Bytes, bool HasTokenizer);
