using Dropwise.Inference.Tasks;
using Dropwise.Testing;
using Dropwise.Tokenization;

namespace Dropwise.Inference.Tests.Evaluation;

public sealed class TaskEvaluatorTests
{
    private static readonly Tokenizer Tokens = Tokenizer.FromFolder(TestData.DefaultModel);
    private static readonly TaskFolder Folder = new(AppContext.BaseDirectory);

    [Fact]
    public void The_model_answers_what_it_finds_likeliest()
    {
        // Behind any token, " time" is likelier than " hill" and anything else.
        int time = Assert.Single(Tokens.Encode(" time"));
        float[] row = new float[Tokens.VocabularySize];
        row[time] = 5;
        float[][] table = [.. Enumerable.Repeat(row, Tokens.VocabularySize)];
        var task = new EvaluationTask("made-up", TaskMeasure.Accuracy, static _ =>
        [
            new TaskDocument([Ending.Of("Once upon a", "time"), Ending.Of("Once upon a", "hill")], 0),
            new TaskDocument([Ending.Of("There was a", "hill"), Ending.Of("There was a", "time")], 0),
            new TaskDocument([Ending.Of("It was high", "hill"), Ending.Of("It was high", "time")], 1),
        ]);
        List<(int, int)> progress = [];
        int positions = 0;
        var evaluator = new TaskEvaluator(new EndingEncoder(Tokens), context => new FakeSession(table, positions = context), 512);
        TaskResult result = evaluator.Evaluate(task, Folder, null, (done, all) => progress.Add((done, all)));
        Assert.Equal(("made-up", 3, 2.0 / 3), (result.Task, result.Accuracy.Count, result.Accuracy.Value));
        Assert.Equal([(1, 3), (2, 3), (3, 3)], progress);
        Assert.Equal(3, positions);
    }

    [Fact]
    public void A_limit_counts_the_questions_of_a_subject()
    {
        var task = new EvaluationTask("made-up", TaskMeasure.Accuracy, static _ =>
            "aaabbbc".Select(static subject => new TaskDocument([Ending.Of("Once", "upon"), Ending.Of("Once", "a")], 0, $"{subject}")));
        float[][] table = [.. Enumerable.Repeat(new float[Tokens.VocabularySize], Tokens.VocabularySize)];
        var evaluator = new TaskEvaluator(new EndingEncoder(Tokens), context => new FakeSession(table, context), 512);
        TaskResult result = evaluator.Evaluate(task, Folder, limit: 2);
        Assert.Equal([("a", 2), ("b", 2), ("c", 1)], result.Subjects.Select(subject => (subject.Subject, subject.Accuracy.Count)));
    }

    [Fact]
    public void A_task_without_questions()
    {
        var evaluator = new TaskEvaluator(new EndingEncoder(Tokens), static _ => throw new NotSupportedException(), 512);
        InferenceException failure = Assert.Throws<InferenceException>(() => evaluator.Evaluate(new EvaluationTask("empty", TaskMeasure.Accuracy, static _ => []), Folder));
        Assert.Equal("empty: its files hold no question", failure.Message);
    }
}
