using System.Collections.Immutable;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Reports;
using Dropwise.Inference;
using Dropwise.Inference.Tasks;

namespace Dropwise.Cli.Models;

/// <summary>The tasks that a command line asks for.</summary>
/// <param name="Tasks">The tasks, in order.</param>
/// <param name="Folder">Where their files lie.</param>
/// <param name="Limit">The most questions of a task or subject, or null for all.</param>
/// <param name="Context">The most tokens that are read at once, or null for what the model was trained for.</param>
/// <param name="AddsBeginOfText">Whether texts begin with the token for that.</param>
internal sealed record TaskEvaluation(ImmutableArray<EvaluationTask> Tasks, TaskFolder Folder, int? Limit, int? Context, bool AddsBeginOfText)
{
    /// <summary>The tasks that words name.</summary>
    /// <param name="words">Names, several of them in a word with commas between.</param>
    /// <exception cref="UsageException">There is no such task, or no name at all.</exception>
    public static ImmutableArray<EvaluationTask> Named(IEnumerable<string> words)
    {
        string[] names = [.. words.SelectMany(word => word.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct()];
        if (names.Length == 0) throw new UsageException("--tasks names no task");
        try
        {
            return [.. names.Select(TaskCatalog.Find)];
        }
        catch (InferenceException e)
        {
            throw new UsageException($"--tasks: {e.Message}");
        }
    }

    /// <summary>Evaluates all tasks each under a progress bar.</summary>
    /// <param name="model">The model.</param>
    /// <param name="engine">Where it runs.</param>
    /// <param name="level">Its level.</param>
    /// <param name="session">Where to draw, and when to stop.</param>
    /// <exception cref="EvaluationDataException">A file is missing or broken.</exception>
    public TaskReport[] Run(LoadedModel model, ModelEngine engine, int level, CommandSession session)
    {
        var evaluator = new TaskEvaluator(
            new EndingEncoder(model.Tokenizer, AddsBeginOfText),
            positions => engine.NewSession(positions, level),
            Math.Min(Context ?? int.MaxValue, model.Weights.Config.MaximumPositions));
        var reports = new List<TaskReport>();
        foreach (EvaluationTask task in Tasks)
        {
            TaskResult result = ProgressReport.Run(session.Terminal, task.Name, progress => evaluator.Evaluate(task, Folder, Limit, (done, all) =>
            {
                session.Cancellation.ThrowIfCancellationRequested();
                progress((double)done / all);
            }));
            reports.Add(TaskReport.Of(result));
        }

        return [.. reports];
    }
}
