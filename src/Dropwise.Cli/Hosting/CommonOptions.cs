using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Dropwise.Cli.Hosting;

/// <summary>Options that several verbs take, described once.</summary>
internal static class CommonOptions
{
    /// <summary>What random choices start from where a command line does not say.</summary>
    public const int DefaultSeed = 0;

    /// <summary><c>--json</c>: one JSON document on standard output and nothing else.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON document for machines." };

    /// <summary><c>--threads N</c>.</summary>
    /// <param name="byDefault">Where none is named: all hardware threads, or 1 for work in regions too short to share.</param>
    public static Option<int> Threads(int? byDefault = null)
    {
        var option = new Option<int>("--threads") { Description = "Threads to use.", DefaultValueFactory = _ => byDefault ?? Environment.ProcessorCount };
        RequireAtLeast(option, 1);
        return option;
    }

    /// <summary><c>--bits N</c> or <c>--level N</c>: which level of a nested model to read.</summary>
    public static Option<int?> Level()
    {
        var option = new Option<int?>("--bits", "--level") { Description = "The level of a nested model: bits a weight of its codes; the highest where none is named." };
        RequireAtLeast(option, 1);
        return option;
    }

    /// <summary><c>--recipe FILE</c>: the level that each block is served at.</summary>
    public static Option<string?> ServedRecipe() => new("--recipe") { Description = "A recipe whose levels say at which level each block of a nested model is served." };

    /// <summary><c>--exact</c>: float activations.</summary>
    public static Option<bool> Exact() => new("--exact") { Description = "Float32 activations instead of 8 and 16 bit ones: slower, for comparisons." };

    /// <summary><c>--seed N</c>.</summary>
    public static Option<int> Seed() => new("--seed") { Description = "The same seed gives the same result.", DefaultValueFactory = static _ => DefaultSeed };

    /// <summary>Refuses options that nothing would read: a mistake that should not stay unnoticed.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="needed">The option that would make something read them.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="UsageException">One of them was typed without the option that it needs.</exception>
    public static void RefuseWithout(ParseResult parsed, Option needed, params ReadOnlySpan<Option> options)
    {
        if (IsGiven(parsed, needed)) return;
        foreach (Option option in options)
        {
            if (IsGiven(parsed, option)) throw new UsageException($"{option.Name} needs {needed.Name}");
        }
    }

    /// <summary>Refuses to write over what is read.</summary>
    /// <param name="output">The file to write.</param>
    /// <param name="inputs">What the command reads, null where there is none.</param>
    /// <exception cref="UsageException">The output is empty, or one of the inputs.</exception>
    public static void RequireOther(string output, params ReadOnlySpan<string?> inputs)
    {
        if (output.Length == 0) throw new UsageException("--output is empty");
        foreach (string? input in inputs)
        {
            if (!string.IsNullOrEmpty(input) && Path.GetFullPath(output) == Path.GetFullPath(input)) throw new UsageException($"--output {output}: is {input} itself, which is read");
        }
    }

    /// <summary>Whether an option was typed; the parser also has a result, its default, for a flag that was not.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="option">The option.</param>
    public static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>Refuses values below a minimum.</summary>
    /// <param name="option">An option of whole numbers, one or several.</param>
    /// <param name="minimum">The smallest legal value.</param>
    public static void RequireAtLeast(Option option, int minimum) => option.Validators.Add(result =>
    {
        // Words that are no numbers are refused here too: asking the parser for their value would throw, which is not a wrong command line to anybody.
        foreach (Token word in result.Tokens)
        {
            if (!int.TryParse(word.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value))
                result.AddError($"{option.Name} is '{word.Value}'; it must be a whole number");
            else if (value < minimum)
                result.AddError($"{option.Name} is {value}; it must be at least {minimum}");
        }
    });
}
