using Dropwise.Cli.Hosting;

namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise verify --model FILE --json</c> prints.</summary>
/// <param name="Passed">Checks within their limit.</param>
/// <param name="Failed">Checks outside of it.</param>
/// <param name="Skipped">Always 0: what cannot be checked makes the command fail.</param>
/// <param name="Worst">
/// The difference that is most of what is allowed: against golden logits of any logit, absolute; otherwise ‖y − y*‖ / ‖y*‖ of the logits of a token, or of what
/// a layer gives and of its gradients.
/// </param>
/// <param name="WorstCheck">The check with that difference.</param>
/// <param name="Checks">All checks.</param>
internal sealed record ModelVerifyReport(int Passed, int Failed, int Skipped, double Worst, string WorstCheck, ModelCheckReport[] Checks)
{
    /// <summary>Adds checks up, prints what came out, and says how the command ends.</summary>
    /// <param name="checks">The checks, at least one.</param>
    /// <param name="json">Whether to print a document for machines.</param>
    /// <param name="output">Where to print.</param>
    /// <returns>The exit code.</returns>
    public static int Finish(ModelCheckReport[] checks, bool json, TextWriter output)
    {
        ModelCheckReport worst = checks.MaxBy(static check => check.Difference / check.Limit)!;
        ModelCheckReport[] failures = [.. checks.Where(static check => check.Difference > check.Limit)];
        var report = new ModelVerifyReport(checks.Length - failures.Length, failures.Length, 0, worst.Difference, worst.ToString(), checks);
        if (json) ReportWriter.Write(output, report, ReportContext.Default.ModelVerifyReport);
        else
        {
            foreach (ModelCheckReport failure in failures) output.WriteLine($"failed: {failure}");
            output.WriteLine($"{report.Passed} passed, {report.Failed} failed; worst: {report.WorstCheck}");
        }

        return failures.Length == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }
}

/// <summary>One way to read a text, at one level.</summary>
/// <param name="Level">The level.</param>
/// <param name="Check">How the text was read.</param>
/// <param name="Against">What the logits were compared with.</param>
/// <param name="Difference">The largest difference.</param>
/// <param name="Limit">What is allowed.</param>
internal sealed record ModelCheckReport(int Level, string Check, string Against, double Difference, double Limit)
{
    /// <inheritdoc/>
    public override string ToString() => $"level {Level}, {Check}, against {Against}: {Difference:0.0e+0} of {Limit:0.0e+0}";
}
