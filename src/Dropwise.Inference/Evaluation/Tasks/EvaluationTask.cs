namespace Dropwise.Inference.Tasks;

/// <summary>A set of questions with their prompts and what is measured on them.</summary>
/// <param name="Name">As lm-evaluation-harness calls it.</param>
/// <param name="Measure">What is reported.</param>
/// <param name="Documents">Reads all questions from a data folder; throws <see cref="EvaluationDataException"/>.</param>
public sealed record EvaluationTask(string Name, TaskMeasure Measure, Func<TaskFolder, IEnumerable<TaskDocument>> Documents);
