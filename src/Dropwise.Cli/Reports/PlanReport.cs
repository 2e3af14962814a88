namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise plan --json</c> prints.</summary>
/// <param name="Output">The recipe.</param>
/// <param name="Method">What decided.</param>
/// <param name="BitsPerWeight">Bits a weight of the linear layers of all blocks.</param>
/// <param name="Bytes">Bytes of the model with them: what is not in blocks counts as it is stored.</param>
/// <param name="Blocks">What becomes of each block.</param>
internal sealed record PlanReport(string Output, string Method, double BitsPerWeight, long Bytes, PlannedBlockReport[] Blocks);

/// <summary>What becomes of one block.</summary>
/// <param name="Block">From 0.</param>
/// <param name="Becomes">A level or a format.</param>
/// <param name="Score">What decided by one number a block; null for method sensitivity.</param>
/// <param name="Costs">Method sensitivity: the divergence at each level, from the highest, in nats a token.</param>
internal sealed record PlannedBlockReport(int Block, string Becomes, double? Score, double[]? Costs);
