using System.Text.Json;

namespace Dropwise.Cli.Tests;

/// <summary>What a command line left behind.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>Standard output, which must be one JSON document and nothing else.</summary>
    public JsonElement Json
    {
        get
        {
            Assert.True(ExitCode == 0, Error);
            return JsonDocument.Parse(Output).RootElement;
        }
    }

    /// <summary>Checks that the command failed as commands must: the code, nothing on standard output, one line that names the culprit.</summary>
    public void FailsNaming(int exitCode, params ReadOnlySpan<string> culprits)
    {
        Assert.Equal(exitCode, ExitCode);
        Assert.Equal("", Output);
        Assert.StartsWith("error: ", Error, StringComparison.Ordinal);
        Assert.Equal(1, Error.AsSpan().Count('\n'));
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        foreach (string culprit in culprits) Assert.Contains(culprit, Error, StringComparison.Ordinal);
    }
}
