using System.Collections.Immutable;

namespace Dropwise.Inference.Tasks;

/// <summary>Counts the right answers of a task.</summary>
/// <param name="task">The task.</param>
internal sealed class TaskTally(EvaluationTask task)
{
    private readonly Dictionary<string, Counts> _subjects = new(StringComparer.Ordinal);
    private double _logLikelihood;
    private int _count;

    /// <summary>Counts a question.</summary>
    /// <param name="document">The question.</param>
    /// <param name="scores">The scores of its endings.</param>
    public void Add(TaskDocument document, ReadOnlySpan<EndingScore> scores)
    {
        string subject = document.Subject ?? "";
        Counts counts = _subjects.GetValueOrDefault(subject);
        bool isRight = task.Measure == TaskMeasure.GreedyMatch ? scores[document.Gold].IsGreedy : Best(scores, static _ => 1) == document.Gold;
        bool isNormalizedRight = Best(scores, ending => document.Endings[ending].Length) == document.Gold;
        _subjects[subject] = new Counts(counts.All + 1, counts.Right + (isRight ? 1 : 0), counts.NormalizedRight + (isNormalizedRight ? 1 : 0));
        _logLikelihood += scores[document.Gold].LogLikelihood;
        _count++;
    }

    /// <summary>What came out.</summary>
    /// <param name="seconds">Time that it took.</param>
    public TaskResult Finish(double seconds) => new(
        task.Name,
        Proportion.Pool([.. _subjects.Values.Select(static counts => (counts.All, counts.Right))]),
        task.Measure == TaskMeasure.NormalizedAccuracy ? Proportion.Pool([.. _subjects.Values.Select(static counts => (counts.All, counts.NormalizedRight))]) : null,
        task.Measure == TaskMeasure.GreedyMatch ? Math.Exp(-_logLikelihood / _count) : null,
        Subjects(),
        seconds);

    // The first of equal ones, as NumPy's argmax.
    private static int Best(ReadOnlySpan<EndingScore> scores, Func<int, int> length)
    {
        int best = 0;
        for (int ending = 1; ending < scores.Length; ending++)
        {
            if (scores[ending].LogLikelihood / length(ending) > scores[best].LogLikelihood / length(best)) best = ending;
        }

        return best;
    }

    private ImmutableArray<SubjectResult> Subjects()
    {
        var subjects = ImmutableArray.CreateBuilder<SubjectResult>();
        foreach ((string name, Counts counts) in _subjects)
        {
            if (name.Length > 0) subjects.Add(new SubjectResult(name, Proportion.Pool([(counts.All, counts.Right)])));
        }

        return subjects.ToImmutable();
    }

    private readonly record struct Counts(int All, int Right, int NormalizedRight);
}
