namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise verify --json</c> prints.</summary>
/// <param name="Passed">Checks within their error class.</param>
/// <param name="Failed">Checks outside of it.</param>
/// <param name="Skipped">Checks of engines that this processor or file lacks.</param>
/// <param name="Worst">The largest error of all checks as a part of what its class allows; above 1 is a failure.</param>
/// <param name="WorstCheck">The check with that error.</param>
/// <param name="Failures">The checks that failed, each on a line of its own.</param>
internal sealed record VerifyReport(int Passed, int Failed, int Skipped, double Worst, string WorstCheck, string[] Failures);
