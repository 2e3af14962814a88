using Dropwise.Cli.Hosting;
using Spectre.Console;

namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise eval</c> shows to people.</summary>
internal static class EvalTables
{
    /// <summary>Prints a report.</summary>
    /// <param name="report">The report.</param>
    /// <param name="terminal">Where to print.</param>
    public static void Print(EvalReport report, Terminal terminal)
    {
        string weights = report.Bits is { } bits ? $"level {report.Level}, {bits:0.000} bits a weight" : "unquantized";
        if (report.Perplexity is { } perplexity)
            terminal.Output.WriteLine(
                $"perplexity {perplexity:0.0000} on {report.Tokens:N0} tokens in {report.Windows} windows of {report.Context} ({weights}; {report.Seconds - TaskSeconds(report):0.0} s)");
        if (report.Kl is { } divergence)
            terminal.Output.WriteLine(
                $"against the reference ({report.ReferencePerplexity:0.0000}): KL {divergence:0.000000}, 99th percentile {report.KlP99:0.0000}; same likeliest token {report.Top1Agreement:0.00%}; 99th percentile of |Δ log p| {report.DifferenceP99:0.0000}");
        if (report.Tasks is null) return;
        terminal.Output.WriteLine($"tasks ({weights}; {TaskSeconds(report):0.0} s)");
        Table table = Terminal.Table("task", ">questions", ">acc", ">± stderr", ">acc_norm", ">± stderr", ">perplexity");
        foreach (TaskReport task in report.Tasks)
        {
            table.AddRow(task.Task, $"{task.N:N0}", $"{task.Acc:0.0000}", $"{task.Stderr:0.0000}", $"{task.AccNorm:0.0000}", $"{task.AccNormStderr:0.0000}", $"{task.Perplexity:0.00}");
        }

        if (report.Tasks.Length > 1) table.AddRow("mean, acc_norm where there is one", "", $"{report.Accuracy:0.0000}", "", "", "", "");
        terminal.Show(table);
    }

    private static double TaskSeconds(EvalReport report) => report.Tasks?.Sum(task => task.Seconds) ?? 0;
}
