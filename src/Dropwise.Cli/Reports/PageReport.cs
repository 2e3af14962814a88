namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise report --json</c> prints.</summary>
/// <param name="Output">The page.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Results">Evaluations that it shows, on a page of them.</param>
/// <param name="Matrices">Quantized matrices that it shows.</param>
/// <param name="Missing">What it has no figures of: <c>errors</c>, <c>weighted_errors</c>, <c>perplexity</c>, <c>times</c>.</param>
internal sealed record PageReport(string Output, long Bytes, int Results, int Matrices, string[] Missing);
