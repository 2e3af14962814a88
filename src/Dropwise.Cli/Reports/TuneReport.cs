namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise tune --json</c> prints.</summary>
/// <param name="Output">The file.</param>
/// <param name="Levels">The levels that were tuned.</param>
/// <param name="Seconds">Time that it took.</param>
/// <param name="Checks">What held-out windows said on the way; the best of these is in the file.</param>
/// <param name="Stages">The time of each stage in this process.</param>
internal sealed record TuneReport(string Output, int[] Levels, double Seconds, TuneCheckReport[] Checks, StageReport[] Stages);

/// <summary>One look at held-out windows.</summary>
/// <param name="Step">After how many steps.</param>
/// <param name="Divergences">KL(reference ‖ model) of each level, in nats a token.</param>
/// <param name="Trained">The same of the windows trained on since the last look; empty before the first step.</param>
internal sealed record TuneCheckReport(int Step, double[] Divergences, double[] Trained);
