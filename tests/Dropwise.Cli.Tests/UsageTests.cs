namespace Dropwise.Cli.Tests;

public sealed class UsageTests
{
    [Fact]
    public void Unknown_verb() => Command.Run("quantise").FailsNaming(2, "quantise");

    [Fact]
    public void No_verb() => Command.Run().FailsNaming(2);

    [Fact]
    public void Unknown_option() => Command.Run("info", "--jsn").FailsNaming(2, "--jsn");

    [Theory]
    [InlineData("--gpus", "bench", "--gpus", "2")]
    [InlineData("--gpus needs --shape", "bench", "--device", "cuda", "--gpus", "2")]
    [InlineData("--gpus is 0", "bench", "--device", "cuda", "--gpus", "0")]
    [InlineData("--gpus is -1", "verify", "--device", "cuda", "--gpus", "-1", "--model")]
    [InlineData("--gpus is 'two'", "eval", "--text", "x", "--device", "cuda", "--gpus", "two")]
    [InlineData("--gpus", "verify", "--gpus", "2")]
    [InlineData("--part unquantized needs --device cuda", "verify", "--part", "unquantized")]
    [InlineData("--part quantization is of no format", "verify", "--device", "cuda", "--part", "quantization", "--format", "int4g32")]
    [InlineData("--gpus", "verify", "--device", "cuda", "--gpus", "2")]
    [InlineData("--gpus", "verify", "--model", "file", "--gpus", "2")]
    [InlineData("--format", "verify", "--device", "cuda", "--model", "file", "--format", "int4g128")]
    [InlineData("--tokens is 0", "bench", "--tokens", "1", "0")]
    [InlineData("--threads is 'all'", "bench", "--threads", "all")]
    [InlineData("of: 'cpu' 'cuda'", "bench", "--device", "tpu")]
    public void Options_that_would_otherwise_be_ignored_or_misread(string named, params string[] line) => Command.Run(line).FailsNaming(2, named);

    [Fact]
    public void A_model_to_verify_that_is_not_there() =>
        Command.Run("verify", "--device", "cuda", "--model", "tiny").FailsNaming(1, "tiny: no such file or folder", "--model without a value");

    [Fact]
    public void A_format_that_nobody_knows() => Command.Run("verify", "--device", "cuda", "--format", "int5").FailsNaming(2, "int5", "int4g32");

    [Fact]
    public void Help_lists_every_verb()
    {
        CommandResult help = Command.Run("--help");
        Assert.Equal(0, help.ExitCode);
        foreach (string verb in (string[])["demo", "quantize", "run", "eval", "formats", "inspect", "emit", "info", "verify", "bench"])
            Assert.Contains($"  {verb}", help.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inspect")]
    [InlineData("run")]
    [InlineData("eval")]
    [InlineData("quantize")]
    [InlineData("export")]
    public void Help_does_not_look_for_the_default_model(string verb)
    {
        // It would fail where the model is not beside the file, and name a folder of this machine where it is.
        CommandResult help = Command.Run(verb, "--help");
        Assert.Equal(0, help.ExitCode);
        Assert.DoesNotContain("tiny-stories-7m", help.Output, StringComparison.Ordinal);
    }
}
