namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise plan --json</c> prints.</summary>
/// <param name="Output">The recipe.</param>
/// <param name="Method">What decided.</param>
/// <param name="BitsPerWeight">Bits a weight of the linear layers of all blocks.</param>
/// <param name="Bytes">Bytes of the model with them: what is not in blocks counts as it is stored.</param>
/// <param name="Blocks">What becomes of each block.</param>
/// <param name="Candidates">Method sensitivity by divergence: plans that were compared as wholes.</param>
internal sealed record PlanReport(string Output, string Method, double BitsPerWeight, long Bytes, PlannedBlockReport[] Blocks, PlanCandidateReport[] Candidates);

/// <summary>What becomes of one block.</summary>
/// <param name="Block">From 0.</param>
/// <param name="Becomes">A level or a format.</param>
/// <param name="Score">What decided by one number a block; null for method sensitivity.</param>
/// <param name="Costs">Method sensitivity: the divergence of each level or format, from the most bits, in nats a token; or the error of weights, by moments.</param>
internal sealed record PlannedBlockReport(int Block, string Becomes, double? Score, double[]? Costs);

/// <summary>A plan that was compared as a whole, on windows that the costs of blocks were not measured on where there were four or more.</summary>
/// <param name="Name">Where it is from.</param>
/// <param name="BitsPerWeight">Its bits a weight.</param>
/// <param name="Divergence">Its mean divergence from the reference, in nats a token.</param>
/// <param name="Difference">How much more that is than what the chosen plan has.</param>
/// <param name="StandardError">The standard error of that difference, window by window; null where there was one window.</param>
internal sealed record PlanCandidateReport(string Name, double BitsPerWeight, double Divergence, double Difference, double? StandardError);
