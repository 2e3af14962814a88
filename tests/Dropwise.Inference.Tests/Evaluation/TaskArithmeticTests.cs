using Dropwise.Inference.Tasks;

namespace Dropwise.Inference.Tests.Evaluation;

public sealed class TaskArithmeticTests
{
    [Theory]
    [InlineData(10, 4, 0.4, 0.16329931618554522)] // √(0.4 · 0.6 / 9)
    [InlineData(2, 1, 0.5, 0.5)]
    [InlineData(5, 5, 1.0, 0.0)]
    public void The_error_of_a_share(int count, int right, double share, double error)
    {
        Proportion proportion = Proportion.Pool([(count, right)]);
        Assert.Equal((count, share), (proportion.Count, proportion.Value));
        Assert.Equal(error, proportion.StandardError!.Value, 1e-12);
    }

    [Fact]
    public void One_answer_has_no_error() => Assert.Null(Proportion.Pool([(1, 1)]).StandardError);

    [Fact]
    public void Groups_are_pooled_by_their_size()
    {
        // Sample variances 1/3 of three and 0 of five answers: (2 · 1/3 + 4 · 0) / (8 − 2) / 8.
        Proportion proportion = Proportion.Pool([(3, 1), (5, 5)]);
        Assert.Equal(6.0 / 8, proportion.Value);
        Assert.Equal(Math.Sqrt(2.0 / 3 / 6 / 8), proportion.StandardError!.Value, 1e-12);
    }

    [Fact]
    public void A_long_ending_wins_by_likelihood_a_character()
    {
        var tally = new TaskTally(new EvaluationTask("any", TaskMeasure.NormalizedAccuracy, static _ => []));
        tally.Add(Document(gold: 0), [new EndingScore(-2, false), new EndingScore(-3, false)]);
        tally.Add(Document(gold: 1), [new EndingScore(-2, false), new EndingScore(-3, false)]);
        tally.Add(Document(gold: 1), [new EndingScore(-2, false), new EndingScore(-1, false)]);
        TaskResult result = tally.Finish(0);
        Assert.Equal(2.0 / 3, result.Accuracy.Value);
        Assert.Equal(2.0 / 3, result.NormalizedAccuracy!.Value);
        Assert.Null(result.Perplexity);
        Assert.Empty(result.Subjects);
    }

    [Fact]
    public void The_first_of_equally_likely_endings_is_the_answer()
    {
        var tally = new TaskTally(new EvaluationTask("any", TaskMeasure.Accuracy, static _ => []));
        tally.Add(Document(gold: 0), [new EndingScore(-2, false), new EndingScore(-2, false)]);
        tally.Add(Document(gold: 1), [new EndingScore(-2, false), new EndingScore(-2, false)]);
        Assert.Equal(0.5, tally.Finish(0).Accuracy.Value);
        Assert.Null(tally.Finish(0).NormalizedAccuracy);
    }

    [Fact]
    public void A_greedy_match_and_the_perplexity_of_endings()
    {
        var tally = new TaskTally(new EvaluationTask("any", TaskMeasure.GreedyMatch, static _ => []));
        var document = new TaskDocument([Ending.Of("a", "b")], 0);
        tally.Add(document, [new EndingScore(-1, true)]);
        tally.Add(document, [new EndingScore(-3, false)]);
        TaskResult result = tally.Finish(0);
        Assert.Equal(0.5, result.Accuracy.Value);
        Assert.Equal(Math.Exp(2), result.Perplexity!.Value, 1e-12);
    }

    [Fact]
    public void Subjects_are_counted_apart()
    {
        var tally = new TaskTally(new EvaluationTask("any", TaskMeasure.Accuracy, static _ => []));
        tally.Add(Document(gold: 0) with { Subject = "x" }, [new EndingScore(-1, false), new EndingScore(-2, false)]);
        tally.Add(Document(gold: 1) with { Subject = "y" }, [new EndingScore(-1, false), new EndingScore(-2, false)]);
        tally.Add(Document(gold: 1) with { Subject = "y" }, [new EndingScore(-2, false), new EndingScore(-1, false)]);
        TaskResult result = tally.Finish(0);
        Assert.Equal([("x", 1, 1.0), ("y", 2, 0.5)], result.Subjects.Select(subject => (subject.Subject, subject.Accuracy.Count, subject.Accuracy.Value)));
        Assert.Equal(2.0 / 3, result.Accuracy.Value);
    }

    // A choice of one character, and one of three.
    private static TaskDocument Document(int gold) => new([Ending.Of("context", "a"), Ending.Of("context", "bcd")], gold);
}
