using System.Text.Json;
using Dropwise.Testing;

namespace Dropwise.Cli.Tests;

public sealed class PlanTests : IDisposable
{
    private static readonly string Text = Path.Combine(TestData.DefaultModel, "calibration.txt");

    private readonly TemporaryFolder _folder = new();

    private string Recipe => _folder.Combine("recipe.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Levels_of_a_nested_file_are_planned_by_measuring_and_served()
    {
        string file = _folder.Combine("nested.safetensors");
        Assert.Equal(0, Command.Run("quantize", SmallModel.Create(_folder), "--format", "dbd4x8g8", "-o", file).ExitCode);
        JsonElement plan = Command.Run(
            "plan", file, "-o", Recipe, "--reference", _folder.Combine("small"), "--calibration", Text, "--samples", "2", "--context", "32", "--target-bits", "3.9", "--json").Json;
        JsonElement block = plan.GetProperty("blocks")[0];
        Assert.Equal("level 3", block.GetProperty("becomes").GetString());
        double[] costs = [.. block.GetProperty("costs").EnumerateArray().Select(cost => cost.GetDouble())];
        Assert.True(costs[0] < costs[1] && costs[1] < costs[2], string.Join(", ", costs));
        Assert.Contains("3", File.ReadAllText(Recipe), StringComparison.Ordinal);
        double bits = Command.Run("eval", file, "--recipe", Recipe, "--text", Text, "--context", "32", "--windows", "1", "--json").Json.GetProperty("bits").GetDouble();
        Assert.Equal(plan.GetProperty("bits_per_weight").GetDouble(), bits, 1e-6);
    }

    [Theory]
    [InlineData("divergence")]
    [InlineData("moments")]
    public void Formats_of_a_model_are_planned_by_measuring(string measure)
    {
        string[] command = ["plan", TestData.DefaultModel, "-o", Recipe, "--tiers", "int8g32,int4g32,int3g32", "--calibration", Text, "--samples", "4", "--context", "32", "--measure", measure];
        JsonElement plan = Command.Run([.. command, "--target-bits", "5", "--json"]).Json;
        Assert.InRange(plan.GetProperty("bits_per_weight").GetDouble(), 4, 5);
        foreach (JsonElement block in plan.GetProperty("blocks").EnumerateArray())
        {
            double[] costs = [.. block.GetProperty("costs").EnumerateArray().Select(cost => cost.GetDouble())];
            Assert.True(costs[0] < costs[1] && costs[1] < costs[2], string.Join(", ", costs));
        }

        Assert.Equal(measure == "divergence", plan.GetProperty("candidates").EnumerateArray().Any(candidate => candidate.GetProperty("name").GetString() == "uniform"));
        string file = _folder.Combine("mixed.safetensors");
        JsonElement quantized = Command.Run("quantize", TestData.DefaultModel, "--recipe", Recipe, "-o", file, "--json").Json;
        Assert.Equal(plan.GetProperty("bits_per_weight").GetDouble(), quantized.GetProperty("bits_per_weight").GetDouble(), 1e-6);
        Assert.Equal(["mixed.safetensors", "recipe.json"], _folder.Files);
    }

    [Theory]
    [InlineData("1", "tells no two plans apart")]
    [InlineData("3", "judged on the windows that their costs are from")]
    public void Few_windows_are_warned_of(string samples, string warning)
    {
        string[] command = ["plan", SmallModel.Create(_folder), "-o", Recipe, "--tiers", "int8g32,int4g32", "--calibration", Text, "--samples", samples, "--context", "16", "--target-bits", "7", "--json"];
        CommandResult result = Command.Run(command);
        Assert.Contains(warning, result.Error, StringComparison.Ordinal);
        foreach (JsonElement candidate in result.Json.GetProperty("candidates").EnumerateArray())
            Assert.Equal(samples == "1" ? JsonValueKind.Null : JsonValueKind.Number, candidate.GetProperty("standard_error").ValueKind);
    }

    [Fact]
    public void A_text_of_fewer_windows_than_wanted_is_warned_of()
    {
        string text = _folder.Combine("short.txt");
        File.WriteAllText(text, File.ReadAllText(Text)[..400]);
        CommandResult result = Command.Run(
            "plan", SmallModel.Create(_folder), "-o", Recipe, "--tiers", "int8g32,int4g32", "--calibration", text, "--samples", "500", "--context", "16", "--target-bits", "7", "--measure", "moments");
        Assert.Contains("fewer than --samples 500", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_by_entropy_is_a_recipe_that_quantize_takes()
    {
        JsonElement plan = Command.Run("plan", TestData.DefaultModel, "--method", "ewq", "-o", Recipe, "--json").Json;
        Assert.Equal(8, plan.GetProperty("blocks").GetArrayLength());
        Assert.InRange(plan.GetProperty("bits_per_weight").GetDouble(), 5, 16);
        string file = _folder.Combine("mixed.safetensors");
        JsonElement quantized = Command.Run("quantize", TestData.DefaultModel, "--recipe", Recipe, "-o", file, "--json").Json;
        Assert.Equal(["int4g32", "int8g32"], quantized.GetProperty("tensors").EnumerateArray().Select(tensor => tensor.GetProperty("format").GetString()).Distinct().Order());
        Assert.InRange(new FileInfo(file).Length, plan.GetProperty("bytes").GetInt64() * 0.95, plan.GetProperty("bytes").GetInt64() * 1.1);
    }

    [Theory]
    [InlineData("ewq")]
    [InlineData("fastewq")]
    [InlineData("position")]
    [InlineData("random")]
    public void A_budget_is_kept(string method)
    {
        JsonElement plan = Command.Run("plan", TestData.DefaultModel, "--method", method, "-o", Recipe, "--target-bits", "6", "--json").Json;
        Assert.InRange(plan.GetProperty("bits_per_weight").GetDouble(), 5, 6);
        long bytes = plan.GetProperty("bytes").GetInt64();
        JsonElement bySize = Command.Run("plan", TestData.DefaultModel, "--method", method, "-o", Recipe, "--target-size", $"{bytes + 10}", "--json").Json;
        Assert.Equal(bytes, bySize.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_named_before_anything_is_measured() =>
        Command.Run("plan", TestData.DefaultModel, "--method", "position", "-o", _folder.Combine("nowhere/recipe.json")).FailsNaming(1, "nowhere", "no such folder");

    [Theory]
    [InlineData("2", "--calibration", "--target-bits", "3")]
    [InlineData("1", "int4g32", "--calibration", "self", "--target-bits", "3")]
    [InlineData("2", "--target-bits", "--calibration", "self")]
    [InlineData("2", "--measure", "--method", "ewq", "--measure", "moments")]
    [InlineData("2", "--device", "--method", "ewq", "--device", "cuda")]
    [InlineData("2", "--target-size", "--method", "ewq", "--target-bits", "6", "--target-size", "1000")]
    [InlineData("2", "--target-size 1000", "--method", "ewq", "--target-size", "1000")]
    [InlineData("1", "int4g32", "--method", "ewq", "--target-bits", "1")]
    [InlineData("2", "int5g7", "--method", "ewq", "--tiers", "none,int5g7")]
    [InlineData("1", "int8g32", "--method", "ewq", "--tiers", "int4g32,int8g32")]
    [InlineData("2", "--samples", "--method", "ewq", "--samples", "2")]
    [InlineData("2", "--factor", "--calibration", "self", "--target-bits", "6", "--measure", "moments", "--factor", "2")]
    [InlineData("2", "--lowest", "--method", "ewq", "--lowest", "1")]
    public void What_cannot_be_planned_writes_nothing(string exitCode, string named, params string[] options)
    {
        Command.Run(["plan", TestData.DefaultModel, "-o", Recipe, .. options]).FailsNaming(int.Parse(exitCode, System.Globalization.CultureInfo.InvariantCulture), named);
        Assert.Empty(_folder.Files);
    }
}
