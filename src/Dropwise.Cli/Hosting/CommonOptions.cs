using System.CommandLine;

namespace Dropwise.Cli.Hosting;

/// <summary>Options that several verbs take, described once.</summary>
internal static class CommonOptions
{
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

    /// <summary><c>--exact</c>: float activations.</summary>
    public static Option<bool> Exact() => new("--exact") { Description = "Float32 activations instead of 8 and 16 bit ones: slower, for comparisons." };

    /// <summary><c>--seed N</c>.</summary>
    public static Option<int> Seed() => new("--seed") { Description = "The same seed gives the same result.", DefaultValueFactory = static _ => 0 };

    /// <summary>Refuses values below a minimum.</summary>
    /// <param name="option">The option.</param>
    /// <param name="minimum">The smallest legal value.</param>
    /// <typeparam name="T">A number, or one that may be absent.</typeparam>
    public static void RequireAtLeast<T>(Option<T> option, int minimum) => option.Validators.Add(result =>
    {
        // Values that are not numbers at all have been refused by the parser.
        if (result.GetValueOrDefault<T>() is int value && value < minimum) result.AddError($"{option.Name} is {value}; it must be at least {minimum}");
    });
}
