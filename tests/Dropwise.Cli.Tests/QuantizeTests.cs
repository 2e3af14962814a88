using Dropwise.Testing;
using System.Diagnostics;
using System.Text.Json;

namespace Dropwise.Cli.Tests;

public sealed class QuantizeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Json_reports_bits_and_errors_of_every_tensor()
    {
        JsonElement json = Command.Run("quantize", SmallModel.Create(_folder), "--format", "int4g32", "-o", Output, "--json").Json;
        Assert.Equal(Output, json.GetProperty("output").GetString());
        Assert.Equal(4.625, json.GetProperty("bits_per_weight").GetDouble(), 6);
        Assert.True(json.GetProperty("seconds").GetDouble() > 0);
        Assert.Equal(7, json.GetProperty("tensors").GetArrayLength());
        foreach (JsonElement tensor in json.GetProperty("tensors").EnumerateArray())
        {
            Assert.Equal("int4g32", tensor.GetProperty("format").GetString());
            Assert.InRange(tensor.GetProperty("relative_error").GetDouble(), 0.01, 0.15);
        }

        Assert.Equal(json.GetProperty("level_ends")[0].GetInt64(), new FileInfo(Output).Length);
    }

    [Fact]
    public void The_file_can_be_inspected_and_run_and_needs_nothing_beside_it()
    {
        Assert.Equal(0, Command.Run("quantize", SmallModel.Create(_folder), "--format", "nf4g64", "-o", Output).ExitCode);
        JsonElement inspected = Command.Run("inspect", Output, "--json").Json;
        Assert.Equal("checkpoint", inspected.GetProperty("kind").GetString());
        Assert.True(inspected.GetProperty("has_tokenizer").GetBoolean());
        Assert.All(inspected.GetProperty("matrices").EnumerateArray(), matrix => Assert.Equal("nf4g64", matrix.GetProperty("format").GetString()));

        // Four bits are what the codes of the only level take.
        Assert.Equal(4, Command.Run("run", Output, "-p", "One day", "--max-tokens", "4", "--bits", "4", "--json").Json.GetProperty("generated_tokens").GetInt32());
    }

    [Fact]
    public void A_nested_file_cut_after_a_level_runs_at_the_levels_that_are_whole_and_says_which_are_missing()
    {
        JsonElement quantized = Command.Run("quantize", SmallModel.Create(_folder), "--format", "dbd4x8g8", "-o", Output, "--json").Json;
        Assert.Equal(4, quantized.GetProperty("level_ends").GetArrayLength());
        Assert.Equal(3, RunAt(Output, "3").Json.GetProperty("level").GetInt32());

        // In the middle of level 3.
        long cut = (quantized.GetProperty("level_ends")[1].GetInt64() + quantized.GetProperty("level_ends")[2].GetInt64()) / 2;
        using (FileStream file = File.OpenWrite(Output)) file.SetLength(cut);
        CommandResult highest = Command.Run("run", Output, "-p", "One day", "--max-tokens", "3", "--json");
        Assert.Equal(2, highest.Json.GetProperty("level").GetInt32());
        Assert.Contains("levels 3 to 4 are missing", highest.Error, StringComparison.Ordinal);
        Assert.Equal(1, RunAt(Output, "1").Json.GetProperty("level").GetInt32());
        CommandResult missing = RunAt(Output, "3");
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("error: --bits 3", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interruption_leaves_nothing_behind()
    {
        string model = SmallModel.Create(_folder);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        Command.Run(stop.Token, "quantize", model, "--format", "dbd5x8g8", "-o", Output).FailsNaming(1, "interrupted");
        Assert.Equal(["small"], _folder.Files);
    }

    [Fact]
    public void A_calibrated_run_reports_weighted_errors_and_stages()
    {
        JsonElement json = Command.Run(
            "quantize", SmallModel.Create(_folder), "--format", "int4g32", "-o", Output, "--calibration", "self", "--samples", "4", "--context", "16", "--json").Json;
        Assert.All(json.GetProperty("tensors").EnumerateArray(), tensor => Assert.InRange(tensor.GetProperty("level_weighted_errors")[0].GetDouble(), 1e-6, 0.02));
        Assert.Contains(json.GetProperty("stages").EnumerateArray(), stage => stage.GetProperty("name").GetString() == "moments" && stage.GetProperty("seconds").GetDouble() > 0);
        Assert.Equal(["out.safetensors", "small"], _folder.Files);
    }

    [Theory]
    [InlineData("aqlm", "aq2x8g8")]
    [InlineData("dbd", "dbd4x8g8")]
    public void Methods_of_the_papers_quantize(string method, string format)
    {
        JsonElement json = Command.Run(
            "quantize", SmallModel.Create(_folder), "--format", format, "--method", method, "-o", Output, "--calibration", "self", "--samples", "4", "--context", "16", "--json").Json;
        Assert.All(json.GetProperty("tensors").EnumerateArray(), tensor => Assert.InRange(tensor.GetProperty("level_weighted_errors").EnumerateArray().Last().GetDouble(), 0, 0.2));
    }

    [Fact]
    public void Weights_of_five_levels_for_four() => Quantize("--format", "dbd4x8g8", "--weights", "35W").FailsNaming(2, "--weights", "35W", "five levels");

    [Fact]
    public void A_folder_of_an_unfinished_run_is_gone_on_with_only_when_asked()
    {
        string partial = Output + ".partial";
        Directory.CreateDirectory(partial);
        string[] arguments = ["quantize", SmallModel.Create(_folder), "--format", "int4g32", "-o", Output, "--calibration", "self", "--samples", "4", "--context", "16"];
        Command.Run(arguments).FailsNaming(1, partial, "--resume");
        Assert.Equal(0, Command.Run([.. arguments, "--resume"]).ExitCode);
        Assert.Equal(["out.safetensors", "small"], _folder.Files);
    }

    [Fact]
    public void The_model_itself_is_not_written_over()
    {
        string text = _folder.Combine("text");
        File.WriteAllText(text, "One day there was a bird.");
        Command.Run("quantize", TestData.DefaultModel, "--format", "int4g32", "-o", TestData.DefaultModel).FailsNaming(2, TestData.DefaultModel, "which is read");
        Command.Run("quantize", TestData.DefaultModel, "--format", "int4g32", "--calibration", text, "-o", text).FailsNaming(2, text, "which is read");
    }

    [Fact]
    public void An_unknown_format() => Quantize("--format", "int5g7").FailsNaming(2, "int5g7", "int4g32");

    [Fact]
    public void An_unknown_head() => Quantize("--format", "int4g32", "--head", "int5g7").FailsNaming(2, "int5g7");

    [Fact]
    public void A_method_that_is_not_the_formats() => Quantize("--format", "int4g32", "--method", "additive").FailsNaming(2, "--method", "int4g32");

    [Theory]
    [InlineData("2", "--method", "int4g32", "--format", "int4g32", "--method", "ldlq", "--calibration", "self")]
    [InlineData("2", "--method", "dbd4x8g8", "--format", "dbd4x8g8", "--method", "aqlm", "--calibration", "self")]
    [InlineData("2", "--method", "aq2x8g8", "--format", "aq2x8g8", "--method", "dbd", "--calibration", "self")]
    [InlineData("2", "--calibration", "ldlq", "--format", "dbd4x8g8", "--method", "ldlq")]
    [InlineData("2", "--calibration", "rtn", "--format", "int4g32", "--method", "rtn", "--calibration", "self")]
    [InlineData("2", "--bits", "spqr", "--format", "int4g32", "--bits", "4", "--calibration", "self")]
    [InlineData("2", "--resume", "--calibration", "--format", "int4g32", "--resume")]
    [InlineData("2", "--blend", "2", "--format", "int4g32", "--calibration", "self", "--blend", "2")]
    [InlineData("2", "--format", "--recipe", "--calibration", "self")]
    [InlineData("1", "nowhere.txt", "no such file", "--format", "int4g32", "--calibration", "nowhere.txt")]
    [InlineData("1", "nowhere.json", "cannot be read", "--recipe", "nowhere.json")]
    public void Calibration_that_cannot_be(string exitCode, string named, string also, params string[] arguments) =>
        Quantize(arguments).FailsNaming(int.Parse(exitCode, System.Globalization.CultureInfo.InvariantCulture), named, also);

    [Theory]
    [InlineData("int4g32")]
    [InlineData("aq4x4g4")]
    public void A_model_may_write_the_text_that_it_is_calibrated_with(string format)
    {
        string model = SmallModel.Create(_folder);
        foreach (string output in (string[])[_folder.Combine("first"), _folder.Combine("second")])
        {
            JsonElement report = Command.Run(
                "quantize", model, "--format", format, "-o", output, "--calibration", "self", "--samples", "9", "--context", "16", "--json").Json;
            Assert.NotEqual(0, report.GetProperty("tensors").GetArrayLength());
        }

        Assert.Equal(File.ReadAllBytes(_folder.Combine("first")), File.ReadAllBytes(_folder.Combine("second")));
    }

    [Fact]
    public void Weights_of_another_number_of_levels() => Quantize("--format", "dbd4x8g8", "--weights", "1,1").FailsNaming(2, "--weights", "1,1");

    [Fact]
    public void An_output_in_no_folder()
    {
        string path = _folder.Combine("nowhere/model.safetensors");
        Command.Run("quantize", "--format", "int4g32", "-o", path).FailsNaming(1, path);
    }

    [Fact]
    public void A_folder_as_output()
    {
        Command.Run("quantize", "--format", "int4g32", "-o", _folder.Path).FailsNaming(1, _folder.Path);
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void An_output_without_a_name() => Command.Run("quantize", "--format", "int4g32", "-o", "").FailsNaming(2, "--output");

    [Fact]
    public void A_pipe_as_output_stays_a_pipe()
    {
        string path = _folder.Combine("pipe");
        Process.Start("mkfifo", [path]).WaitForExit();
        Command.Run("quantize", SmallModel.Create(_folder), "--format", "int4g32", "-o", path).FailsNaming(1, path, "not a file");
        Assert.Equal(["pipe", "small"], _folder.Files);
    }

    [Fact]
    public void A_missing_model() => Command.Run("quantize", "/nowhere", "--format", "int4g32", "-o", Output).FailsNaming(1, "/nowhere");

    [Fact]
    public void A_model_that_is_quantized_already()
    {
        Assert.Equal(0, Command.Run("quantize", SmallModel.Create(_folder), "--format", "int8g32", "-o", Output).ExitCode);
        Command.Run("quantize", Output, "--format", "int4g32", "-o", _folder.Combine("again.safetensors")).FailsNaming(1, Output, "quantized");
    }

    private string Output => _folder.Combine("out.safetensors");

    private CommandResult Quantize(params string[] options) => Command.Run(["quantize", "-o", Output, .. options]);

    private static CommandResult RunAt(string file, string bits) =>
        Command.Run("run", file, "-p", "One day", "--max-tokens", "3", "--bits", bits, "--json");
}
