namespace Dropwise.Cli.Tests;

public sealed class UsageTests
{
    [Fact]
    public void Unknown_verb() => Command.Run("quantise").FailsNaming(2, "quantise");

    [Fact]
    public void No_verb() => Command.Run().FailsNaming(2);

    [Fact]
    public void Unknown_option() => Command.Run("info", "--jsn").FailsNaming(2, "--jsn");

    [Fact]
    public void Help_lists_every_verb()
    {
        CommandResult help = Command.Run("--help");
        Assert.Equal(0, help.ExitCode);
        foreach (string verb in (string[])["demo", "quantize", "run", "eval", "formats", "inspect", "emit", "info", "verify", "bench"])
            Assert.Contains($"  {verb}", help.Output, StringComparison.Ordinal);
    }
}
