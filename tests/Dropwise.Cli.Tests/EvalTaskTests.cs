using System.Text.Json;
using Dropwise.Testing;

namespace Dropwise.Cli.Tests;

/// <summary><c>dropwise eval --tasks</c>.</summary>
public sealed class EvalTaskTests
{
    private const string AllTasks = "mmlu,arc_easy,arc_challenge,hellaswag,winogrande,piqa,boolq,openbookqa,lambada";

    [Fact]
    public void Json_reports_every_task()
    {
        JsonElement json = Command.Run("eval", "--tasks", AllTasks, "--data", TestData.Find("eval"), "--limit", "2", "--context", "256", "--json").Json;
        Assert.Equal(JsonValueKind.Null, json.GetProperty("perplexity").ValueKind);
        Assert.Equal(AllTasks.Split(','), json.GetProperty("tasks").EnumerateArray().Select(task => task.GetProperty("task").GetString()));
        foreach (JsonElement task in json.GetProperty("tasks").EnumerateArray())
        {
            string name = task.GetProperty("task").GetString()!;
            Assert.Equal(name == "mmlu" ? 114 : 2, task.GetProperty("n").GetInt32());
            Assert.InRange(task.GetProperty("acc").GetDouble(), 0, 1);
            Assert.InRange(task.GetProperty("stderr").GetDouble(), 0, 0.5);
            Assert.Equal(
                name is "arc_easy" or "arc_challenge" or "hellaswag" or "piqa" or "openbookqa", task.GetProperty("acc_norm").ValueKind == JsonValueKind.Number);
            Assert.Equal(name == "lambada", task.GetProperty("perplexity").ValueKind == JsonValueKind.Number);
            Assert.Equal(name == "mmlu" ? 57 : 0, task.GetProperty("subjects").GetArrayLength());
        }
    }

    [Fact]
    public void A_small_model_guesses()
    {
        // A model that knows children's stories only is right by chance, 1/2 and 1/4, give or take four standard errors; the plain likelihood prefers
        // short choices, which are wrong more often.
        JsonElement json = Command.Run("eval", "--tasks", "winogrande", "openbookqa", "--data", TestData.Find("eval"), "--limit", "100", "--json").Json;
        JsonElement[] tasks = [.. json.GetProperty("tasks").EnumerateArray()];
        Assert.InRange(tasks[0].GetProperty("acc").GetDouble(), 0.3, 0.7);
        Assert.Equal(0.05, tasks[0].GetProperty("stderr").GetDouble(), 0.005);
        Assert.InRange(tasks[1].GetProperty("acc").GetDouble(), 0.08, 0.42);
        Assert.InRange(tasks[1].GetProperty("acc_norm").GetDouble(), 0.08, 0.42);
    }

    [Fact]
    public void Text_and_tasks_in_one_run()
    {
        using var folder = new TemporaryFolder();
        Passages(folder);
        CommandResult result = Command.Run(
            "eval", "--text", Path.Combine(TestData.DefaultModel, "heldout.txt"), "--context", "64", "--windows", "1", "--tasks", "lambada", "--data", folder.Path, "--bos");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("perplexity ", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"lambada +2 +1\.0000 +0\.0000", result.Output);
    }

    [Fact]
    public void What_is_missing_or_unknown()
    {
        Command.Run("eval", "--tasks", "lambada").FailsNaming(2, "--tasks needs --data");
        Command.Run("eval", "--tasks", "lambada,arc", "--data", "/").FailsNaming(2, "'arc'", "arc_easy");
        Command.Run("eval", "--tasks", "", "--data", "/").FailsNaming(2, "--tasks names no task");
        Command.Run("eval", "--tasks", "lambada", "--data", "/nowhere").FailsNaming(1, "/nowhere: no such folder");
        Command.Run("eval", "--tasks", "lambada", "--data", "/", "--limit", "0").FailsNaming(2, "--limit is 0");
        Command.Run("eval", "--tasks", "lambada", "--data", "/", "--reference", "x").FailsNaming(2, "--reference needs --text");
        Command.Run("eval", "--text", "x", "--limit", "3").FailsNaming(2, "--limit needs --tasks");
    }

    [Fact]
    public void A_broken_line()
    {
        using var folder = new TemporaryFolder();
        Passages(folder);
        File.AppendAllText(folder.Combine("lambada_test.jsonl"), "{\"text\":");
        Command.Run("eval", "--tasks", "lambada", "--data", folder.Path).FailsNaming(1, "lambada_test.jsonl: line 3: is not JSON");
    }

    [Fact]
    public void An_interruption()
    {
        using var folder = new TemporaryFolder();
        Passages(folder);
        Command.Run(new CancellationToken(canceled: true), "eval", "--tasks", "lambada", "--data", folder.Path).FailsNaming(1, "interrupted");
    }

    // What any teller of children's stories goes on with.
    private static void Passages(TemporaryFolder folder) => File.WriteAllText(
        folder.Combine("lambada_test.jsonl"), "{\"text\": \"Once upon a time\"}\n{\"text\": \"One day, a little girl named Lily went to the park. She was very happy. Once upon a time\"}\n");
}
