using System.CommandLine;
using Dropwise.Cli.Verbs;
using Dropwise.Cpu;
using Dropwise.Formats;

namespace Dropwise.Cli.Hosting;

/// <summary>The command line as a whole: the verbs, and how each way to fail becomes one line and an exit code.</summary>
internal static class CommandLineApplication
{
    /// <summary>Runs one command line.</summary>
    /// <param name="arguments">The words after <c>dropwise</c>.</param>
    /// <param name="terminal">Where to write.</param>
    /// <param name="cancellation">Interrupts the work, as Ctrl-C does.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static int Run(string[] arguments, Terminal terminal, CancellationToken cancellation = default)
    {
        try
        {
            using var interruption = new Interruption();
            using var either = CancellationTokenSource.CreateLinkedTokenSource(interruption.Token, cancellation);
            var session = new CommandSession(terminal, new FormatRegistry(FormatTable.Rows), either.Token);
            ParseResult parsed = Describe(session).Parse(arguments);
            if (parsed.Errors.Count > 0) throw new UsageException($"{Explain(parsed)} (see dropwise --help)");
            return parsed.Invoke(new InvocationConfiguration
            {
                Output = terminal.Output,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (CommandException e)
        {
            return Fail(terminal, e.Message, e.ExitCode);
        }
        catch (OperationCanceledException)
        {
            return Fail(terminal, "interrupted", ExitCodes.Failure);
        }
        catch (Exception e)
        {
            // Libraries name the file, tensor or option in their messages; whoever types a command gets that and no stack trace.
            return Fail(terminal, (e is TypeInitializationException ? e.InnerException ?? e : e).Message, ExitCodes.Failure);
        }
    }

    // An unknown verb also counts as a missing one for the parser; the word that it did not know is what helps.
    private static string Explain(ParseResult parsed) =>
        parsed.UnmatchedTokens.Count > 0 && parsed.CommandResult.Command is RootCommand
            ? $"unknown verb '{parsed.UnmatchedTokens[0]}'"
            : parsed.Errors[0].Message;

    private static RootCommand Describe(CommandSession session) =>
        new("Weight formats from declaration to running model: quantize, run, evaluate, inspect.")
        {
            new DemoVerb().In(session),
            new QuantizeVerb().In(session),
            new TuneVerb().In(session),
            new PlanVerb().In(session),
            new RunVerb().In(session),
            new EvalVerb().In(session),
            new FormatsVerb().In(session),
            new ExportVerb().In(session),
            new ReportVerb().In(session),
            new InspectVerb().In(session),
            new EmitVerb().In(session),
            new InfoVerb().In(session),
            new VerifyVerb().In(session),
            new BenchVerb().In(session),
        };

    private static int Fail(Terminal terminal, string message, int exitCode)
    {
        // The parser lists what an option takes on indented lines.
        terminal.Error.WriteLine($"error: {message.ReplaceLineEndings(" ").Replace("\t", "", StringComparison.Ordinal)}");
        return exitCode;
    }
}
