using System.Globalization;
using System.Text.RegularExpressions;

namespace Dropwise.Cuda;

/// <summary>A source does not compile; the message holds the first error and the line of the source that it is about.</summary>
public sealed partial class CompilationException : Exception
{
    private CompilationException(string message, string log)
        : base(message) => Log = log;

    /// <summary>All that the compiler said.</summary>
    public string Log { get; }

    /// <summary>Describes a failed compilation.</summary>
    /// <param name="unit">What was compiled.</param>
    /// <param name="log">What the compiler said.</param>
    internal static CompilationException Of(CompileUnit unit, string log)
    {
        string subject = $"{unit.Name} does not compile for {unit.Architecture}";
        if (FirstError().Match(log) is not { Success: true } error) return new CompilationException($"{subject}: {log.Trim()}", log);
        int number = int.Parse(error.Groups["line"].ValueSpan, CultureInfo.InvariantCulture);
        string file = error.Groups["file"].Value;
        string quoted = Line(unit, file, number)?.Trim() ?? "";
        return new CompilationException($"{subject}: {file}, line {number}: {error.Groups["text"].Value.Trim()}: `{quoted}`", log);
    }

    /// <summary>Finds a line as the compiler counts them: a line directive in the source starts a file of its own.</summary>
    private static string? Line(CompileUnit unit, string file, int number)
    {
        string current = $"{unit.Name}.cu";
        int at = 1;
        foreach (string line in unit.Source.Split('\n'))
        {
            if (Directive().Match(line) is { Success: true } directive)
            {
                current = directive.Groups["file"].Value;
                at = int.Parse(directive.Groups["line"].ValueSpan, CultureInfo.InvariantCulture);
                continue;
            }

            if (at == number && current == file) return line;
            at++;
        }

        return null;
    }

    // As in `name.cu(12): error: identifier "x" is undefined`. Errors of the assembler count lines of PTX that nobody has; they are shown whole.
    [GeneratedRegex(@"(?<file>[^\s(]+)\((?<line>[0-9]+)\): (catastrophic )?error(\s*#[0-9-]+)?\s*: (?<text>[^\n]*)", RegexOptions.CultureInvariant)]
    private static partial Regex FirstError();

    [GeneratedRegex("^#line (?<line>[0-9]+) \"(?<file>[^\"]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Directive();
}
