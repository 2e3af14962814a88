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
        string quoted = unit.Source.Split('\n').ElementAtOrDefault(number - 1)?.Trim() ?? "";
        return new CompilationException($"{subject}: line {number}: {error.Groups["text"].Value.Trim()}: `{quoted}`", log);
    }

    // As in `name.cu(12): error: identifier "x" is undefined`. Errors of the assembler count lines of PTX that nobody has; they are shown whole.
    [GeneratedRegex(@"\((?<line>[0-9]+)\): (catastrophic )?error(\s*#[0-9-]+)?\s*: (?<text>[^\n]*)", RegexOptions.CultureInvariant)]
    private static partial Regex FirstError();
}
