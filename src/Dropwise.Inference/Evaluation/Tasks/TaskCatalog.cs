using System.Collections.Immutable;

namespace Dropwise.Inference.Tasks;

/// <summary>The tasks that can be evaluated. Names, prompts and measures are those of lm-evaluation-harness.</summary>
public static class TaskCatalog
{
    /// <summary>All tasks, in the order in which papers list them.</summary>
    public static ImmutableArray<EvaluationTask> All { get; } =
    [
        new("mmlu", TaskMeasure.Accuracy, MmluTask.Read),
        new("arc_easy", TaskMeasure.NormalizedAccuracy, static folder => QuestionTasks.ReadArc(folder, "ARC-Easy.test.json")),
        new("arc_challenge", TaskMeasure.NormalizedAccuracy, static folder => QuestionTasks.ReadArc(folder, "ARC-Challenge.test.json")),
        new("hellaswag", TaskMeasure.NormalizedAccuracy, HellaSwagTask.Read),
        new("winogrande", TaskMeasure.Accuracy, WinoGrandeTask.Read),
        new("piqa", TaskMeasure.NormalizedAccuracy, PiqaTask.Read),
        new("boolq", TaskMeasure.Accuracy, QuestionTasks.ReadBoolQ),
        new("openbookqa", TaskMeasure.NormalizedAccuracy, QuestionTasks.ReadOpenBookQa),
        new("lambada", TaskMeasure.GreedyMatch, LambadaTask.Read),
    ];

    /// <summary>The task of a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="InferenceException">There is no such task; the message lists all.</exception>
    public static EvaluationTask Find(string name) => All.FirstOrDefault(task => task.Name == name)
        ?? throw new InferenceException($"there is no task '{name}'; known are {string.Join(", ", All.Select(task => task.Name))}");
}
