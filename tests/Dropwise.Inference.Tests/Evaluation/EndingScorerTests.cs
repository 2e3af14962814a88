using Dropwise.Cpu;

namespace Dropwise.Inference.Tests.Evaluation;

public sealed class EndingScorerTests
{
    // Behind token t, token t + 1 is the likeliest.
    private static readonly float[][] Table = [.. Enumerable.Range(0, 8).Select(static row => Enumerable.Range(0, 8).Select(column =>
        column == (row + 1) % 8 ? 3f : 0.25f * ((row * 5) + (column * 3) % 7)).Select(logit => logit % 3.1f).ToArray())];

    [Fact]
    public void An_ending_has_the_likelihood_of_all_its_tokens()
    {
        using var session = new FakeSession(Table, 16);
        var scorer = new EndingScorer(session);
        Assert.Equal(session.LogLikelihood(2, 5), scorer.Score([1, 2], [5]).LogLikelihood, 1e-5);
        Assert.Equal(
            session.LogLikelihood(2, 5) + session.LogLikelihood(5, 1) + session.LogLikelihood(1, 7), scorer.Score([1, 2], [5, 1, 7]).LogLikelihood, 1e-5);
        Assert.Equal(new EndingScore(0, true), scorer.Score([1, 2], []));
    }

    [Fact]
    public void An_ending_is_greedy_when_each_token_is_the_likeliest()
    {
        using var session = new FakeSession(Table, 16);
        var scorer = new EndingScorer(session);
        int first = Best(2), second = Best(first), third = Best(second);
        Assert.True(scorer.Score([1, 2], [first, second, third]).IsGreedy);
        Assert.False(scorer.Score([1, 2], [first, second, (third + 1) % 8]).IsGreedy);
        Assert.False(scorer.Score([1, 2], [(first + 1) % 8]).IsGreedy);
    }

    [Fact]
    public void A_context_of_several_endings_is_read_once()
    {
        using var session = new FakeSession(Table, 16);
        var scorer = new EndingScorer(session);
        scorer.Score([1, 2, 3], [4]);
        scorer.Score([1, 2, 3], [5, 6]);
        scorer.Score([1, 2, 3], [7, 0, 1]);
        Assert.Equal([1, 2, 3, 5, 7, 0], session.Ran);
    }

    [Fact]
    public void Contexts_that_begin_alike_share_their_beginning()
    {
        using var session = new FakeSession(Table, 16);
        var scorer = new EndingScorer(session);
        scorer.Score([1, 2, 3, 4], [5, 6]);
        Assert.Equal(session.LogLikelihood(7, 2), scorer.Score([1, 2, 7], [2]).LogLikelihood, 1e-5);

        // The logits behind a context that is a part of what was read are gone, so that its last token is read again.
        Assert.Equal(session.LogLikelihood(2, 2), scorer.Score([1, 2], [2]).LogLikelihood, 1e-5);
        Assert.Equal([1, 2, 3, 4, 5, 7, 2], session.Ran);
    }

    [Fact]
    public void A_context_that_is_too_long_loses_its_oldest_tokens()
    {
        using var session = new FakeSession(Table, 4);
        var scorer = new EndingScorer(session);
        Assert.Equal(session.LogLikelihood(6, 7) + session.LogLikelihood(7, 0), scorer.Score([1, 2, 3, 4, 5, 6], [7, 0]).LogLikelihood, 1e-5);
        Assert.Equal([4, 5, 6, 7], session.Ran);
        InferenceException failure = Assert.Throws<InferenceException>(() => scorer.Score([1], [1, 2, 3, 4, 5]));
        Assert.Equal("an ending of 5 tokens does not fit the context of 4", failure.Message);
    }

    [Fact]
    public void Broken_logits_are_no_score()
    {
        using var session = new FakeSession([[float.NaN, 0], [0, 0]], 4);
        Assert.Throws<InferenceException>(() => new EndingScorer(session).Score([0], [1]));
    }

    [Fact]
    public void What_is_shared_does_not_change_the_scores_of_a_model()
    {
        int[] shared = [.. Enumerable.Range(0, 70).Select(i => i * 31 % 4096)];
        int[][] contexts = [[.. shared, 5, 6], [.. shared, 5, 6], [.. shared, 9], shared[..30]];
        int[][] endings = [[1, 2, 3], [4], [5, 6], [7, 8]];
        using ModelWeights model = RandomModels.Create();
        using WorkerTeam team = new(2);
        using var session = new CpuSession(model, team, new SessionOptions { Context = 80, Precision = Precision.Exact });
        var scorer = new EndingScorer(session);
        for (int i = 0; i < contexts.Length; i++)
        {
            double score = scorer.Score(contexts[i], endings[i]).LogLikelihood;
            using var fresh = new CpuSession(model, team, new SessionOptions { Context = 80, Precision = Precision.Exact });
            Assert.Equal(new EndingScorer(fresh).Score(contexts[i], endings[i]).LogLikelihood, score, 1e-3);
        }
    }

    private static int Best(int row) => Array.IndexOf(Table[row], Table[row].Max());
}
