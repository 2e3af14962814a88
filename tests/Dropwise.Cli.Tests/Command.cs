using Dropwise.Cli.Hosting;

namespace Dropwise.Cli.Tests;

/// <summary>Runs command lines in this process, as <c>Main</c> would.</summary>
internal static class Command
{
    public static CommandResult Run(params string[] arguments) => Run(CancellationToken.None, arguments);

    public static CommandResult Run(CancellationToken cancellation, params string[] arguments) => Run(TextReader.Null, cancellation, arguments);

    /// <summary>Runs a command line with something on its standard input.</summary>
    public static CommandResult RunWithInput(string input, params string[] arguments) => Run(new StringReader(input), CancellationToken.None, arguments);

    /// <summary>Runs a command line with a standard input of which the next line may be long in coming.</summary>
    public static CommandResult Run(TextReader input, CancellationToken cancellation, params string[] arguments)
    {
        var output = new StringWriter { NewLine = "\n" };
        var error = new StringWriter { NewLine = "\n" };
        int exitCode = CommandLineApplication.Run(arguments, new Terminal(output, error, ShowsProgress: false) { Input = input }, cancellation);
        return new CommandResult(exitCode, output.ToString(), error.ToString());
    }
}
