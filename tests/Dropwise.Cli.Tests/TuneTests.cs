using System.Collections.Immutable;
using System.Text.Json;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.ModelFiles;

namespace Dropwise.Cli.Tests;

public sealed class TuneTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Quantized => _folder.Combine("quantized");

    private string Output => _folder.Combine("tuned");

    [Theory]
    [InlineData("p")]
    [InlineData("pv")]
    [InlineData("ste")]
    public void A_tuned_file_is_closer_to_its_original_and_runs(string method)
    {
        string model = Prepare("int2g32");
        string[] codes = method == "p" ? [] : ["--code-rate", "0.05"];
        JsonElement json = Tune(["--reference", model, "--method", method, "--steps", "6", "--rate", "0.02", .. codes, "--json"]).Json;
        Assert.Equal([1], json.GetProperty("levels").EnumerateArray().Select(level => level.GetInt32()));
        double[] divergences = [.. json.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("divergences")[0].GetDouble())];
        Assert.True(divergences.Min() < 0.98 * divergences[0], string.Join(", ", divergences));
        Assert.InRange(new FileInfo(Output).Length, new FileInfo(Quantized).Length, new FileInfo(Quantized).Length + 8192);
        Assert.Equal(2, Command.Run("run", Output, "-p", "One day", "--max-tokens", "2", "--json").Json.GetProperty("generated_tokens").GetInt32());
        Assert.Equal(["quantized", "small", "tuned"], _folder.Files);
    }

    [Fact]
    public void Codes_in_the_metric_of_inputs_are_the_same_on_any_number_of_threads()
    {
        string model = Prepare("dbd4x8g8");
        string[] options = ["--reference", model, "--metric", "inputs", "--steps", "4", "--code-every", "2", "--code-rate", "0.2", "--levels", "2,4"];
        Assert.Equal(0, Tune([.. options, "--threads", "1"]).ExitCode);
        byte[] alone = File.ReadAllBytes(Output);
        File.Delete(Output);
        JsonElement json = Tune([.. options, "--threads", "3", "--json"]).Json;
        Assert.Equal(alone, File.ReadAllBytes(Output));
        Assert.Equal([2, 4], json.GetProperty("levels").EnumerateArray().Select(level => level.GetInt32()));
        File.Delete(Output);
        Assert.Equal(0, Tune("--reference", model, "--steps", "4", "--method", "p", "--levels", "2,4").ExitCode);
        Assert.NotEqual(alone, File.ReadAllBytes(Output));
    }

    [Fact]
    public void Text_that_the_reference_writes_begins_as_the_text_does()
    {
        string model = Prepare("int2g32"), text = _folder.Combine("text");
        File.WriteAllText(text, string.Concat(Enumerable.Range(0, 60).Select(static i => $"Once upon a time, there was a little girl named Lily {i}. ")));
        string[] options = ["tune", Quantized, "--reference", model, "-o", Output, "--text", text, "--context", "24", "--drawn", "6", "--steps", "1", "--batch", "64", "--method", "p"];

        // What all windows were like before the step: not so for the file, in which the beginning may be the best.
        string Trained(params string[] more)
        {
            File.Delete(Output);
            return Command.Run([.. options, "--json", .. more]).Json.GetProperty("checks").EnumerateArray().Last().GetProperty("trained").GetRawText();
        }

        string begun = Trained("--begun", "5", "--threads", "1");
        Assert.Equal(begun, Trained("--begun", "5", "--threads", "3"));
        Assert.NotEqual(begun, Trained("--begun", "6"));
        Assert.NotEqual(begun, Trained());
    }

    [Fact]
    public void Text_of_a_stopped_run_is_taken_only_where_it_begins_as_is_wanted_now()
    {
        var formats = new FormatRegistry(FormatTable.Rows);
        using var source = ModelSource.OpenAny(SmallModel.Create(_folder), formats);
        var session = new CommandSession(new Terminal(TextWriter.Null, TextWriter.Null, ShowsProgress: false), formats, TestContext.Current.CancellationToken);
        ImmutableArray<ImmutableArray<int>> Draw(ImmutableArray<ImmutableArray<int>> beginnings, ImmutableArray<ImmutableArray<int>> drawn = default) =>
            SampledText.Draw(source, beginnings, 9, new TextWriting(1, 2), session, drawn);
        ImmutableArray<ImmutableArray<int>> written = Draw([[5, 6], [7]]);
        Assert.Equal([5, 6], written[0][..2]);
        Assert.All(written, static window => Assert.Equal(9, window.Length));
        ImmutableArray<ImmutableArray<int>> before = [[5, 6, 1, 1, 1, 1, 1, 1, 1], [7, 1, 1, 1, 1, 1, 1, 1, 1], [8, 1, 1, 1, 1, 1, 1, 1, 1]];
        Assert.Equal<IEnumerable<int>>(before[..2].SelectMany(static window => window), Draw([[5, 6], [7]], before).SelectMany(static window => window));
        Assert.Equal<IEnumerable<int>>(written.SelectMany(static window => window), Draw([[5, 6], [7]], before.SetItem(1, [4, .. before[1].Skip(1)])).SelectMany(static window => window));
        Assert.Equal<IEnumerable<int>>(written.SelectMany(static window => window), Draw([[5, 6], [7]], before[..1]).SelectMany(static window => window));
    }

    [Fact]
    public void What_cannot_be_tuned_is_named()
    {
        string model = Prepare("int4g32");
        Tune("--reference", model, "--levels", "2").FailsNaming(1, Quantized, "no level 2");
        Tune("--reference", model, "--levels", "x").FailsNaming(2, "--levels", "'x'");
        Tune("--reference", model, "--rate", "2").FailsNaming(2, "--rate");
        Tune("--reference", model, "--share", "0").FailsNaming(2, "--share");
        Tune("--reference", model, "--code-momentum", "1").FailsNaming(2, "--code-momentum", "less than 1");
        Tune("--reference", model, "--pull", "2").FailsNaming(2, "--pull", "0 to 1");
        Tune("--reference", model, "--code-every", "0").FailsNaming(2, "--code-every");
        Tune("--reference", model, "--code-every", "7", "--steps", "6").FailsNaming(2, "--code-every", "6 steps");
        Tune("--reference", model, "--rounding", "up").FailsNaming(2, "'up'");
        Tune("--reference", model, "--optimizer", "sgd").FailsNaming(2, "'sgd'");
        Tune("--reference", model, "--exact").FailsNaming(2, "--exact", "--device cuda");
        Tune("--reference", model, "--drawn", "3").FailsNaming(2, "--drawn");
        Tune("--reference", model, "--begun", "3").FailsNaming(2, "--begun", "--drawn");
        Tune("--reference", model, "--begun", "-1").FailsNaming(2, "--begun");
        Command.Run("tune", Quantized, "--reference", model, "-o", Output, "--text", model, "--drawn", "2", "--context", "8", "--begun", "8").FailsNaming(2, "--begun is 8", "8 tokens");
        Tune("--reference", model, "--balance", "-0.1").FailsNaming(2, "--balance");
        Tune("--reference", model, "--balance", "nan").FailsNaming(2, "--balance");
        Tune("--reference", model, "--method", "p", "--metric", "inputs").FailsNaming(2, "--metric", "--method p");
        Tune("--reference", model, "--method", "ste", "--pull", "0.1").FailsNaming(2, "--pull", "--method ste");
        Tune("--reference", model, "--method", "p", "--code-rate", "0.1").FailsNaming(2, "--code-rate", "--method p");
        Tune("--reference", model, "--method", "ste", "--trust", "0.1").FailsNaming(2, "--trust", "--method ste");
        Command.Run("tune", Quantized, "--reference", model, "-o", Quantized, "--text", "self").FailsNaming(2, Quantized);
        Tune("--reference", _folder.Combine("nowhere")).FailsNaming(1, "nowhere");
        Command.Run("tune", model, "--reference", model, "-o", Output, "--text", "self", "--samples", "1", "--context", "8").FailsNaming(1, model, "is not a Dropwise file");
        Command.Run("tune", Quantized, "--reference", model, "-o", Output).FailsNaming(2, "--text");
        Assert.Equal(["quantized", "small"], _folder.Files);
    }

    private string Prepare(string format)
    {
        string model = SmallModel.Create(_folder);
        Assert.Equal(0, Command.Run("quantize", model, "--format", format, "-o", Quantized).ExitCode);
        return model;
    }

    private CommandResult Tune(params string[] options) => Command.Run(["tune", Quantized, "-o", Output, "--text", "self", "--samples", "12", "--context", "24", .. options]);
}
