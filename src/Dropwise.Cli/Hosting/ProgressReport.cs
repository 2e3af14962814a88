using Spectre.Console;

namespace Dropwise.Cli.Hosting;

/// <summary>A progress bar with time left on the error stream, for people only.</summary>
internal static class ProgressReport
{
    /// <summary>Does long work under a bar; where nobody watches, just does it.</summary>
    /// <param name="terminal">Where to draw.</param>
    /// <param name="title">What is being done.</param>
    /// <param name="work">The work; it is given what to call with the finished fraction, 0 to 1, from any thread.</param>
    /// <typeparam name="T">What the work results in.</typeparam>
    public static T Run<T>(Terminal terminal, string title, Func<Action<double>, T> work)
    {
        if (!terminal.ShowsProgress) return work(static _ => { });
        ProgressColumn[] columns = [new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()];
        return Terminal.ConsoleOn(terminal.Error).Progress().AutoClear(true).Columns(columns).Start(context =>
        {
            ProgressTask bar = context.AddTask(Markup.Escape(title), maxValue: 1);
            return work(fraction => bar.Value = fraction);
        });
    }
}
