using System.Collections.Immutable;

namespace Dropwise.Inference.Tasks;

/// <summary>What came out of a task.</summary>
/// <param name="Task">Its name.</param>
/// <param name="Accuracy">Over all questions: a subject counts by its size.</param>
/// <param name="NormalizedAccuracy">The same by length-normalised likelihoods, or null where the task has none.</param>
/// <param name="Perplexity">e^(−mean log-likelihood of a right ending), or null where the task has none.</param>
/// <param name="Subjects">The accuracy of each subject; none where the task has no subjects.</param>
/// <param name="Seconds">Time that it took.</param>
public sealed record TaskResult(
    string Task, Proportion Accuracy, Proportion? NormalizedAccuracy, double? Perplexity, ImmutableArray<SubjectResult> Subjects, double Seconds);

/// <summary>What came out of a part of a task.</summary>
/// <param name="Subject">Its name.</param>
/// <param name="Accuracy">How often the right choice won.</param>
public sealed record SubjectResult(string Subject, Proportion Accuracy);
