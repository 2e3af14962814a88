using Dropwise.Inference.Tasks;

namespace Dropwise.Cli.Reports;

/// <summary>One task of <c>dropwise eval --tasks --json</c>.</summary>
/// <param name="Task">Its name.</param>
/// <param name="N">Questions.</param>
/// <param name="Acc">Share of right answers, 0 to 1; of LAMBADA, of words that greedy decoding gives.</param>
/// <param name="Stderr">The standard error of <paramref name="Acc"/>, or null where one question a subject says nothing about it.</param>
/// <param name="AccNorm">The share by likelihoods divided by the length of a choice, or null where the task has none.</param>
/// <param name="AccNormStderr">The standard error of <paramref name="AccNorm"/>.</param>
/// <param name="Perplexity">Of LAMBADA's last words, otherwise null.</param>
/// <param name="Subjects">Of MMLU each subject, otherwise empty.</param>
/// <param name="Seconds">Time that it took.</param>
internal sealed record TaskReport(
    string Task, int N, double Acc, double? Stderr, double? AccNorm, double? AccNormStderr, double? Perplexity, SubjectReport[] Subjects, double Seconds)
{
    /// <summary>Describes a result.</summary>
    /// <param name="result">The result.</param>
    public static TaskReport Of(TaskResult result) => new(
        result.Task,
        result.Accuracy.Count,
        result.Accuracy.Value,
        result.Accuracy.StandardError,
        result.NormalizedAccuracy?.Value,
        result.NormalizedAccuracy?.StandardError,
        result.Perplexity,
        [.. result.Subjects.Select(subject => new SubjectReport(subject.Subject, subject.Accuracy.Count, subject.Accuracy.Value, subject.Accuracy.StandardError))],
        result.Seconds);
}

/// <summary>One subject of a task.</summary>
/// <param name="Subject">Its name.</param>
/// <param name="N">Questions.</param>
/// <param name="Acc">Share of right answers, 0 to 1.</param>
/// <param name="Stderr">Its standard error, or null for one question.</param>
internal sealed record SubjectReport(string Subject, int N, double Acc, double? Stderr);
