using System.Text.Json;
using Dropwise.Testing;

namespace Dropwise.Cli.Tests;

/// <summary>What the page of <c>dropwise report</c> says; tests/Dropwise.Pages.Tests opens it in a browser.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder.Combine("model.safetensors");

    private string Page => _folder.Combine("model.html");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_alone_has_the_errors_that_its_quantizer_measured()
    {
        JsonElement quantized = Quantize("dbd4x8g8");
        JsonElement report = Command.Run("report", Model, "--json").Json;
        Assert.Equal(Page, report.GetProperty("output").GetString());
        Assert.Equal(["weighted_errors", "perplexity", "times"], report.GetProperty("missing").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(7, report.GetProperty("matrices").GetInt32());

        JsonElement figures = Figures(Page);
        Assert.Equal("file", figures.GetProperty("errors_from").GetString());
        Assert.Equal([1, 2, 3, 4], figures.GetProperty("levels").EnumerateArray().Select(level => level.GetProperty("level").GetInt32()));
        foreach ((JsonElement matrix, JsonElement tensor) in figures.GetProperty("matrices").EnumerateArray().Zip(quantized.GetProperty("tensors").EnumerateArray()))
        {
            Assert.Equal(tensor.GetProperty("name").GetString(), matrix.GetProperty("name").GetString());
            foreach ((JsonElement squared, JsonElement relative) in matrix.GetProperty("errors").EnumerateArray().Zip(tensor.GetProperty("level_relative_errors").EnumerateArray()))
                Assert.Equal(relative.GetDouble(), Math.Sqrt(squared.GetDouble()), 1e-5);
        }
    }

    [Fact]
    public void A_reference_gives_the_same_errors_and_shows_that_a_rotation_makes_weights_normal()
    {
        Quantize("dbd4x8g8h");
        Command.Run("report", Model, "--json");
        JsonElement recorded = Figures(Page);
        Assert.Equal(0, Command.Run("report", Model, "--reference", _folder.Combine("small"), "-o", Page).ExitCode);
        JsonElement computed = Figures(Page);
        Assert.Equal("reference", computed.GetProperty("errors_from").GetString());
        foreach ((JsonElement one, JsonElement other) in recorded.GetProperty("matrices").EnumerateArray().Zip(computed.GetProperty("matrices").EnumerateArray()))
        {
            Assert.Equal(Numbers(one.GetProperty("errors")), Numbers(other.GetProperty("errors")));
            Assert.InRange(other.GetProperty("kurtosis").GetDouble(), 2.8, 3.2);
            Assert.True(other.GetProperty("rotated").GetBoolean());
        }

        JsonElement histogram = computed.GetProperty("histogram");
        double[] density = Numbers(histogram.GetProperty("weights"));
        double width = 2 * histogram.GetProperty("limit").GetDouble() / density.Length;
        Assert.Equal(1, density.Sum() * width, 0.001);
        Assert.Equal(1 / Math.Sqrt(2 * Math.PI), density[density.Length / 2], 0.02);
    }

    [Fact]
    public void A_text_measures_every_level_and_a_recipe()
    {
        Quantize("dbd4x8g8");
        string recipe = _folder.Combine("recipe.json");
        File.WriteAllText(recipe, """{ "levels": [3] }""");
        string text = Path.Combine(TestData.DefaultModel, "heldout.txt");
        JsonElement report = Command.Run("report", Model, "--text", text, "--context", "32", "--windows", "2", "--recipe", recipe, "--json").Json;
        Assert.Equal(["weighted_errors", "times"], report.GetProperty("missing").EnumerateArray().Select(name => name.GetString()));
        JsonElement figures = Figures(Page), evaluation = figures.GetProperty("evaluation");
        JsonElement[] points = [.. evaluation.GetProperty("points").EnumerateArray()];
        Assert.Equal(5, points.Length);
        JsonElement level = Command.Run("eval", Model, "--text", text, "--context", "32", "--windows", "2", "--bits", "2", "--json").Json;
        Assert.Equal(level.GetProperty("perplexity").GetDouble(), points[1].GetProperty("perplexity").GetDouble(), 1e-9);

        // The only block at level 3 is level 3.
        Assert.Equal(points[2].GetProperty("perplexity").GetDouble(), points[4].GetProperty("perplexity").GetDouble(), 1e-9);
        Assert.Equal([3], figures.GetProperty("recipe").GetProperty("levels").EnumerateArray().Select(served => served.GetInt32()));
    }

    [Fact]
    public void Calibration_is_recorded_and_quantizes_own_report_has_the_times()
    {
        string summary = _folder.Combine("summary.json");
        File.WriteAllText(summary, Quantize("int3g32", "--calibration", Path.Combine(TestData.DefaultModel, "calibration.txt"), "--samples", "2", "--context", "64").GetRawText());
        JsonElement report = Command.Run("report", Model, "--summary", summary, "--json").Json;
        Assert.Equal(["perplexity"], report.GetProperty("missing").EnumerateArray().Select(name => name.GetString()));
        JsonElement figures = Figures(Page);
        Assert.NotEqual(0, figures.GetProperty("stages").GetArrayLength());
        Assert.All(figures.GetProperty("matrices").EnumerateArray(), matrix => Assert.InRange(matrix.GetProperty("weighted")[0].GetDouble(), 1e-6, 0.2));
    }

    [Fact]
    public void The_page_names_nothing_outside_of_itself()
    {
        Quantize("int4g32");
        Command.Run("report", Model);
        string page = File.ReadAllText(Page);
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        Assert.Contains("Copyright (c) 2022 Leon Sorokin", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", page, StringComparison.Ordinal);
        Assert.Equal(["model.html", "model.safetensors", "small"], _folder.Files);
    }

    [Fact]
    public void What_cannot_be_reported_leaves_the_page_as_it_was()
    {
        string small = SmallModel.Create(_folder), nothing = _folder.Combine("nothing");
        File.WriteAllText(Page, "as it was");
        Command.Run("report", small, "-o", Page).FailsNaming(1, "small", "is not quantized");
        Command.Run("report", nothing, "-o", Page).FailsNaming(1, "nothing");
        Assert.Equal(0, Command.Run("quantize", small, "--format", "int4g32", "-o", Model).ExitCode);
        byte[] model = File.ReadAllBytes(Model);
        Command.Run("report", Model, "-o", Model).FailsNaming(2, "--output", "which is read");
        Command.Run("report", Model, "-o", Path.Combine(nothing, "page.html")).FailsNaming(1, "page.html", "no such folder");
        Command.Run("report", Model, "--windows", "3").FailsNaming(2, "--windows", "--text");
        Command.Run("report", Model, "--summary", Page).FailsNaming(2, "--output", "which is read");
        Command.Run("report", Model, "--summary", Page, "-o", nothing).FailsNaming(1, "--summary", "model.html");
        Command.Run("report", Model, "--reference", TestData.DefaultModel).FailsNaming(1, "tiny-stories-7m", "8 blocks");
        string levels = _folder.Combine("levels.json");
        File.WriteAllText(levels, """{ "levels": [1, 1] }""");
        Command.Run("report", Model, "--recipe", levels).FailsNaming(1, "levels.json", "2 blocks");
        Assert.Equal("as it was", File.ReadAllText(Page));
        Assert.Equal(model, File.ReadAllBytes(Model));
    }

    [Fact]
    public void Results_of_evaluations_become_one_page()
    {
        Quantize("dbd4x8g8");
        string text = Path.Combine(TestData.DefaultModel, "heldout.txt");
        foreach (int level in (int[])[2, 3])
        {
            CommandResult result = Command.Run("eval", Model, "--bits", $"{level}", "--label", "</script>", "--text", text, "--context", "32", "--windows", "2", "--json");
            File.WriteAllText(_folder.Combine($"level{level}.json"), result.Output);
        }

        File.WriteAllText(_folder.Combine("older.json"), """[{ "perplexity": 9, "bits": 3.5, "level": 1, "tasks": [{ "task": "piqa", "n": 7, "acc": 0.5 }] }, { "accuracy": 0.5, "bytes": 1000, "level": 1 }]""");
        JsonElement report = Command.Run("report", "--results", _folder.Combine("level2.json"), _folder.Combine("level3.json"), _folder.Combine("older.json"), "-o", Page, "--json").Json;
        Assert.Equal(4, report.GetProperty("results").GetInt32());
        JsonElement[] results = [.. Figures(Page).GetProperty("results").EnumerateArray()];
        Assert.Equal(["</script>", "</script>", "older", "older"], results.Select(result => result.GetProperty("label").GetString()));
        Assert.Equal("model.safetensors", results[0].GetProperty("model").GetString());
        Assert.Equal("heldout.txt", results[0].GetProperty("text").GetString());
        double bits = results[1].GetProperty("bits").GetDouble() - results[0].GetProperty("bits").GetDouble();
        Assert.InRange(bits, 1, 1.2);
        Assert.Equal(bits * 786_432 / 8, results[1].GetProperty("bytes").GetInt64() - results[0].GetProperty("bytes").GetInt64(), 1.0);
        Assert.InRange(results[0].GetProperty("bits_per_byte").GetDouble(), 0.3, 4);
        Assert.Equal(3.5, results[2].GetProperty("bits").GetDouble());
        Assert.Equal("piqa", results[2].GetProperty("tasks")[0].GetProperty("task").GetString());
        Assert.Equal(JsonValueKind.Null, results[3].GetProperty("perplexity").ValueKind);
    }

    [Fact]
    public void What_are_no_results_make_no_page()
    {
        string results = _folder.Combine("results.json");
        File.WriteAllText(results, """{ "seconds": 1 }""");
        Command.Run("report", "--results", results, "-o", Page).FailsNaming(1, "results.json", "eval --json");
        File.WriteAllText(results, "no JSON");
        Command.Run("report", "--results", results, "-o", Page).FailsNaming(1, "results.json", "eval --json");
        foreach (string wrong in (string[])["[]", """{ "perplexity": 9, "bits": 3, "tasks": 1 }""", """{ "perplexity": 9, "bits": 3, "tasks": [1] }""", """{ "perplexity": 9, "bits": 3, "label": "\ud800" }"""])
        {
            File.WriteAllText(results, wrong);
            Command.Run("report", "--results", results, "-o", Page).FailsNaming(1, "--results");
        }

        File.WriteAllText(results, """[{ "perplexity": 9, "bits": 3 }, { "perplexity": 9, "bits": 1e999 }]""");
        Command.Run("report", "--results", results, "-o", Page).FailsNaming(1, "results.json", "result 2");
        Command.Run("report", "--results", results, "-o", Page, "--threads", "1").FailsNaming(2, "--threads", "--results");
        Command.Run("report", "--results", results, "-o", results).FailsNaming(2, "--output", "which is read");
        Command.Run("report", "--results", results).FailsNaming(2, "--output");
        Command.Run("report", "some", "--results", results, "-o", Page).FailsNaming(2, "--results", "some");
        Command.Run("report", "--results", results, "-o", Page, "--text", "a").FailsNaming(2, "--text", "--results");
        Command.Run("report").FailsNaming(2, "--results");
        Assert.Equal(["results.json"], _folder.Files);
    }

    private JsonElement Quantize(string format, params string[] options) =>
        Command.Run(["quantize", SmallModel.Create(_folder), "--format", format, "-o", Model, .. options, "--json"]).Json;

    private static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(number => number.GetDouble())];

    private static JsonElement Figures(string path)
    {
        const string Start = "<script id=\"figures\" type=\"application/json\">";
        string page = File.ReadAllText(path);
        int from = page.IndexOf(Start, StringComparison.Ordinal) + Start.Length;
        return JsonDocument.Parse(page[from..page.IndexOf("</script>", from, StringComparison.Ordinal)]).RootElement;
    }
}
