using Dropwise.Cpu;

namespace Dropwise.Inference.Tests;

public sealed class PerplexityProtocolTests : IDisposable
{
    private static readonly int[] Text = [.. Enumerable.Range(0, 100).Select(i => i * 31 % 4096)];
    private readonly ModelWeights _model = RandomModels.Create();
    private readonly WorkerTeam _team = new(2);

    [Fact]
    public void Windows_start_afresh_and_the_last_partial_one_is_dropped()
    {
        using CpuSession session = Open(40);
        List<(int, int)> progress = [];
        PerplexityResult result = PerplexityEvaluator.Evaluate(session, Text, 40, null, (done, all) => progress.Add((done, all)));
        Assert.Equal((2, 78L, 40), (result.Windows, result.Predictions, result.Context));
        Assert.Equal([(1, 2), (2, 2)], progress);

        double first = Math.Log(PerplexityEvaluator.Evaluate(session, Text.AsSpan(0, 40), 40).Perplexity);
        double second = Math.Log(PerplexityEvaluator.Evaluate(session, Text.AsSpan(40, 40), 40).Perplexity);
        Assert.Equal((first + second) / 2, Math.Log(result.Perplexity), 1e-9);
    }

    [Fact]
    public void The_number_of_windows_can_be_limited()
    {
        using CpuSession session = Open(20);
        Assert.Equal(3, PerplexityEvaluator.Evaluate(session, Text, 20, 3).Windows);
        Assert.Equal(5, PerplexityEvaluator.Evaluate(session, Text, 20, 99).Windows);
    }

    [Fact]
    public void A_prediction_is_the_likelihood_of_the_next_token()
    {
        using CpuSession session = Open(2);
        double perplexity = PerplexityEvaluator.Evaluate(session, [3, 9], 2).Perplexity;
        session.Rewind();
        session.Append([3]);
        double sum = 0;
        foreach (float logit in session.Logits) sum += Math.Exp(logit);
        Assert.Equal(sum / Math.Exp(session.Logits[9]), perplexity, 1e-3 * perplexity);
    }

    [Theory]
    [InlineData(1, 100, null, "a window of 1 tokens predicts nothing")]
    [InlineData(64, 100, null, "a window of 64 tokens does not fit the context of 50")]
    [InlineData(50, 49, null, "the text has 49 tokens, fewer than one window of 50")]
    [InlineData(50, 0, null, "the text has 0 tokens")]
    [InlineData(50, 100, 0, "0 windows are none")]
    public void Windows_that_cannot_be_are_refused(int context, int tokens, int? windows, string message)
    {
        using CpuSession session = Open(50);
        Assert.Contains(
            message, Assert.Throws<InferenceException>(() => PerplexityEvaluator.Evaluate(session, Text.AsSpan(0, tokens), context, windows)).Message);
    }

    public void Dispose()
    {
        _team.Dispose();
        _model.Dispose();
    }

    private CpuSession Open(int context) => new(_model, _team, new SessionOptions { Context = context, Precision = Precision.Exact });
}
