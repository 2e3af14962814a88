using System.Collections.Immutable;
using System.Diagnostics;

namespace Dropwise.Inference.Tasks;

/// <summary>Lets a model answer the questions of tasks: each choice is scored behind its context, the likeliest one is the answer.</summary>
/// <param name="encoder">The model's tokenizer.</param>
/// <param name="openSession">Opens a session of so many positions.</param>
/// <param name="maximumContext">The most tokens that the model reads at once; contexts that are longer lose their oldest tokens.</param>
public sealed class TaskEvaluator(EndingEncoder encoder, Func<int, Session> openSession, int maximumContext)
{
    /// <summary>Evaluates a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="folder">Where its files lie.</param>
    /// <param name="limit">The most questions, of each subject where there are subjects, as the harness counts; null for all.</param>
    /// <param name="onDocument">Receives the number of questions done and of questions in all; null for no progress.</param>
    /// <exception cref="EvaluationDataException">A file is missing or broken.</exception>
    /// <exception cref="InferenceException">An ending does not fit the context, or the logits are not finite.</exception>
    public TaskResult Evaluate(EvaluationTask task, TaskFolder folder, int? limit = null, Action<int, int>? onDocument = null)
    {
        long start = Stopwatch.GetTimestamp();
        EncodedDocument[] documents = [.. Limit(task.Documents(folder), limit).Select(Encode)];
        if (documents.Length == 0) throw new InferenceException($"{task.Name}: its files hold no question");

        // As many positions as the longest question needs: models of long contexts would otherwise reserve gigabytes.
        int positions = documents.Max(static document => document.Endings.Max(static ending => ending.Inputs));
        using Session session = openSession(Math.Min(positions, maximumContext));
        var scorer = new EndingScorer(session);
        var tally = new TaskTally(task);
        for (int i = 0; i < documents.Length; i++)
        {
            tally.Add(documents[i].Document, [.. documents[i].Endings.Select(ending => scorer.Score(ending.Context, ending.Ending))]);
            onDocument?.Invoke(i + 1, documents.Length);
        }

        return tally.Finish(Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static IEnumerable<TaskDocument> Limit(IEnumerable<TaskDocument> documents, int? limit)
    {
        if (limit is null) return documents;
        var taken = new Dictionary<string, int>(StringComparer.Ordinal);
        return documents.Where(document =>
        {
            string subject = document.Subject ?? "";
            taken[subject] = taken.GetValueOrDefault(subject) + 1;
            return taken[subject] <= limit;
        });
    }

    // Texts are dropped once they are tokens: five examples stand before each of MMLU's questions.
    private EncodedDocument Encode(TaskDocument document) => new(
        document with { Endings = [.. document.Endings.Select(static ending => ending with { Context = "", Continuation = "" })] },
        [.. document.Endings.Select(ending => encoder.Encode(ending.Context, ending.Continuation))]);

    private readonly record struct EncodedDocument(TaskDocument Document, ImmutableArray<EncodedEnding> Endings);
}
