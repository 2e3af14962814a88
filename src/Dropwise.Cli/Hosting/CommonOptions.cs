using System.CommandLine;

namespace Dropwise.Cli.Hosting;

/// <summary>Options that several verbs take, described once.</summary>
internal static class CommonOptions
{
    /// <summary><c>--json</c>: one JSON document on standard output and nothing else.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON document for machines." };
}
