namespace Dropwise.Cli.Reports;

/// <summary>One format of <c>dropwise formats --json</c>.</summary>
/// <param name="Name">The format's name.</param>
/// <param name="BitsPerWeight">Bits a weight of each level, from level 1, in the limit of a large matrix.</param>
/// <param name="Engines">The engines that have kernels.</param>
internal sealed record FormatReport(string Name, double[] BitsPerWeight, string[] Engines);
