namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise verify --model FILE --json</c> prints.</summary>
/// <param name="Passed">Checks within their limit.</param>
/// <param name="Failed">Checks outside of it.</param>
/// <param name="Skipped">Always 0: without a device the command fails.</param>
/// <param name="Worst">The largest relative difference of logits, ‖y − y*‖ / ‖y*‖.</param>
/// <param name="WorstCheck">The check with that difference.</param>
/// <param name="Checks">All checks.</param>
internal sealed record ModelVerifyReport(int Passed, int Failed, int Skipped, double Worst, string WorstCheck, ModelCheckReport[] Checks);

/// <summary>One way to read a text, at one level.</summary>
/// <param name="Level">The level.</param>
/// <param name="Check">How the text was read.</param>
/// <param name="Against">What the logits were compared with.</param>
/// <param name="Difference">The largest relative difference of the logits of a token.</param>
/// <param name="Limit">What is allowed.</param>
internal sealed record ModelCheckReport(int Level, string Check, string Against, double Difference, double Limit)
{
    /// <inheritdoc/>
    public override string ToString() => $"level {Level}, {Check}, against {Against}: {Difference:0.0e+0} of {Limit:0.0e+0}";
}
