using Spectre.Console;

namespace Dropwise.Cli.Hosting;

/// <summary>Where a command reads and writes: results to standard output, progress and errors to standard error.</summary>
/// <param name="Output">Results: text for people, or one JSON document.</param>
/// <param name="Error">Progress, notes and the line that says what went wrong.</param>
/// <param name="ShowsProgress">Whether a person watches the error stream, so that a progress bar helps.</param>
internal sealed record Terminal(TextWriter Output, TextWriter Error, bool ShowsProgress)
{
    // A table that goes to a file or a pipe keeps its rows whole instead of folding at a width that nobody has.
    private const int WidthWithoutConsole = 160;

    /// <summary>What a person types, or what is piped in; nothing where a caller has none.</summary>
    public TextReader Input { get; init; } = TextReader.Null;

    /// <summary>Whether a person types and reads, so that a sign says whose turn it is.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>The streams of this process.</summary>
    public static Terminal OfProcess() => new(Console.Out, Console.Error, !Console.IsErrorRedirected)
    {
        Input = Console.In,
        IsInteractive = !Console.IsInputRedirected && !Console.IsOutputRedirected,
    };

    /// <summary>An empty table in the one look that all verbs share.</summary>
    /// <param name="columns">The headings; a first character '&gt;' aligns a column of numbers to the right.</param>
    public static Table Table(params ReadOnlySpan<string> columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string column in columns)
        {
            bool isNumber = column[0] == '>';
            var heading = new TableColumn(Markup.Escape(isNumber ? column[1..] : column));
            table.AddColumn(isNumber ? heading.RightAligned() : heading);
        }

        return table;
    }

    /// <summary>Prints a table to standard output.</summary>
    /// <param name="table">The table.</param>
    public void Show(Table table)
    {
        IAnsiConsole console = ConsoleOn(Output);
        if (Console.IsOutputRedirected || Output != Console.Out) console.Profile.Width = WidthWithoutConsole;
        console.Write(table);
    }

    /// <summary>A console of Spectre on one of the two streams.</summary>
    /// <param name="writer">The stream.</param>
    public static IAnsiConsole ConsoleOn(TextWriter writer) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
}
