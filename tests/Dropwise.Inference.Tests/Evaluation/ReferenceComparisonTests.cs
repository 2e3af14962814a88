namespace Dropwise.Inference.Tests.Evaluation;

public sealed class ReferenceComparisonTests
{
    private const int Vocabulary = 37;
    private static readonly int[] Text = [.. Enumerable.Range(0, 60).Select(i => i * i % Vocabulary)];

    [Fact]
    public void Divergence_agreement_and_percentiles_are_those_of_the_definitions()
    {
        const int Context = 20;
        using var model = new FakeSession(Table(1), Context, batch: 7);
        using var reference = new FakeSession(Table(2), Context, batch: 5);
        PerplexityResult result = PerplexityEvaluator.Evaluate(model, Text, Context, reference: reference);

        var divergences = new List<double>();
        var differences = new List<double>();
        double agreements = 0, likelihood = 0;
        for (int i = 0; i < Text.Length; i++)
        {
            // The last token of a window is only predicted.
            if (i % Context == Context - 1) continue;
            double[] p = Row(reference, Text[i]), q = Row(model, Text[i]);
            divergences.Add(p.Zip(q, static (a, b) => Math.Exp(a) * (a - b)).Sum());
            differences.Add(Math.Abs(q[Text[i + 1]] - p[Text[i + 1]]));
            likelihood += p[Text[i + 1]];
            if (Array.IndexOf(p, p.Max()) == Array.IndexOf(q, q.Max())) agreements++;
        }

        int count = divergences.Count;
        Assert.Equal(result.Predictions, count);
        Assert.Equal(divergences.Average(), result.Reference!.Divergence, 1e-6);
        Assert.Equal(Percentile(divergences), result.Reference.DivergencePercentile, 1e-5);
        Assert.Equal(Percentile(differences), result.Reference.DifferencePercentile, 1e-5);
        Assert.Equal(agreements / count, result.Reference.Agreement, 1e-12);
        Assert.Equal(Math.Exp(-likelihood / count), result.Reference.Perplexity, 1e-3);
    }

    [Fact]
    public void A_reference_does_not_change_the_perplexity_and_a_model_equals_itself()
    {
        using var model = new FakeSession(Table(1), 20);
        using var reference = new FakeSession(Table(1), 30);
        PerplexityResult alone = PerplexityEvaluator.Evaluate(model, Text, 20), compared = PerplexityEvaluator.Evaluate(model, Text, 20, reference: reference);
        Assert.Null(alone.Reference);
        Assert.Equal(alone.Perplexity, compared.Perplexity);
        Assert.Equal((0.0, 0.0, 1.0, 0.0), (compared.Reference!.Divergence, compared.Reference.DivergencePercentile, compared.Reference.Agreement, compared.Reference.DifferencePercentile));
        Assert.Equal(compared.Perplexity, compared.Reference.Perplexity, 1e-4);
    }

    [Fact]
    public void Another_vocabulary_or_a_context_that_is_too_short_is_refused()
    {
        using var model = new FakeSession(Table(1), 20);
        using var other = new FakeSession([.. Enumerable.Repeat(new float[5], 5)], 20);
        using var small = new FakeSession(Table(1), 19);
        Assert.Equal(
            "the reference has 5 tokens and the model 37: they cannot be compared",
            Assert.Throws<InferenceException>(() => PerplexityEvaluator.Evaluate(model, Text, 20, reference: other)).Message);
        Assert.Equal(
            "a window of 20 tokens does not fit the reference's context of 19",
            Assert.Throws<InferenceException>(() => PerplexityEvaluator.Evaluate(model, Text, 20, reference: small)).Message);
    }

    [Theory]
    [InlineData(0.5, 2.0)]
    [InlineData(0.99, 3.96)]
    [InlineData(1.0, 4.0)]
    public void A_percentile_lies_between_its_neighbours(double share, double expected) =>
        Assert.Equal(expected, ReferenceComparison.Percentile([4, 0, 2], share), 1e-9);

    private static float[][] Table(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Vocabulary).Select(_ => Enumerable.Range(0, Vocabulary).Select(_ => (random.NextSingle() * 8) - 4).ToArray())];
    }

    private static double[] Row(FakeSession session, int token) => [.. Enumerable.Range(0, Vocabulary).Select(next => session.LogLikelihood(token, next))];

    private static double Percentile(List<double> values)
    {
        values.Sort();
        double place = 0.99 * (values.Count - 1);
        int below = (int)place;
        return values[below] + ((place - below) * (values[Math.Min(below + 1, values.Count - 1)] - values[below]));
    }
}
