using Dropwise.Inference.Cuda;

namespace Dropwise.Inference.Tests;

public sealed class SamplerTests
{
    private static readonly float[] Logits = [0.5f, 2, -1, 3, 3, 0];

    [Fact]
    public void Greedy_takes_the_most_likely_token_and_of_equal_ones_the_lower() =>
        Assert.Equal(3, new Sampler(new SamplingOptions(), Logits.Length).Next(Logits));

    [Theory]
    [InlineData(1e-39)]
    [InlineData(double.Epsilon)]
    public void A_temperature_whose_inverse_is_too_large_is_greedy(double temperature)
    {
        var options = new SamplingOptions { Temperature = temperature };
        Assert.True(options.IsGreedy);
        Assert.Equal([3], Draw(options, 100).Distinct());
        Assert.Equal(0f, DecodeState.Of(options).Temperature);
    }

    [Theory]
    [InlineData(1.2e-38)]
    [InlineData(0.8)]
    [InlineData(1e300)]
    public void Devices_get_temperatures_that_can_be_inverted(double temperature)
    {
        var options = new SamplingOptions { Temperature = temperature };
        Assert.False(options.IsGreedy);
        float given = DecodeState.Of(options).Temperature;
        Assert.True(float.IsNormal(given));
        Assert.True(float.IsFinite(1 / given) && 1 / given > 0);
    }

    [Fact]
    public void Random_numbers_are_those_of_the_published_generator()
    {
        // The first outputs of the rand_xoshiro crate's Xoshiro256StarStar for seed_from_u64(0).
        var random = new Xoshiro256(0);
        Assert.Equal([11091344671253066420UL, 13793997310169335082UL, 1900383378846508768UL], [random.NextBits(), random.NextBits(), random.NextBits()]);
    }

    [Fact]
    public void A_seed_gives_the_same_tokens_again_and_another_seed_others()
    {
        int[] first = Draw(new SamplingOptions { Temperature = 1, Seed = 5 }, 100);
        Assert.Equal(first, Draw(new SamplingOptions { Temperature = 1, Seed = 5 }, 100));
        Assert.NotEqual(first, Draw(new SamplingOptions { Temperature = 1, Seed = 6 }, 100));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(2)]
    public void Frequencies_follow_the_softmax_at_the_temperature(double temperature)
    {
        const int Draws = 20_000;
        int[] tokens = Draw(new SamplingOptions { Temperature = temperature }, Draws);
        double sum = Logits.Sum(logit => Math.Exp(logit / temperature));
        for (int token = 0; token < Logits.Length; token++)
        {
            double expected = Math.Exp(Logits[token] / temperature) / sum;

            // Five standard deviations of a binomial frequency.
            Assert.Equal(expected, tokens.Count(t => t == token) / (double)Draws, 5 * Math.Sqrt(expected * (1 - expected) / Draws));
        }
    }

    [Theory]
    [InlineData(1, new[] { 3 })]
    [InlineData(2, new[] { 3, 4 })]
    [InlineData(3, new[] { 1, 3, 4 })]
    public void Top_k_draws_among_the_k_most_likely(int k, int[] expected) =>
        Assert.Equal(expected, Draw(new SamplingOptions { Temperature = 3, TopK = k }, 2000).Distinct().Order());

    [Theory]
    [InlineData(0.3, new[] { 3 })]
    [InlineData(0.6, new[] { 3, 4 })]
    [InlineData(0.85, new[] { 1, 3, 4 })]
    public void Top_p_draws_among_the_fewest_that_have_the_probability_together(double p, int[] expected) =>
        Assert.Equal(expected, Draw(new SamplingOptions { Temperature = 1, TopP = p }, 2000).Distinct().Order());

    [Fact]
    public void Top_p_counts_within_top_k()
    {
        // Of the two most likely tokens, which are equal, one alone has half of the probability.
        Assert.Equal([3], Draw(new SamplingOptions { Temperature = 1, TopK = 2, TopP = 0.5 }, 500).Distinct());
    }

    [Theory]
    [InlineData(-0.1, 0, 1.0, "temperature of -0.1")]
    [InlineData(double.NaN, 0, 1.0, "temperature of NaN")]
    [InlineData(1, -1, 1.0, "top-k of -1")]
    [InlineData(1, 0, 0.0, "top-p of 0")]
    [InlineData(1, 0, 1.5, "top-p of 1.5")]
    public void Options_out_of_range_are_refused(double temperature, int k, double p, string message) =>
        Assert.Contains(
            message,
            Assert.Throws<InferenceException>(() => new Sampler(new SamplingOptions { Temperature = temperature, TopK = k, TopP = p }, 4)).Message);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Logits_that_are_not_numbers_are_refused(double temperature)
    {
        var sampler = new Sampler(new SamplingOptions { Temperature = temperature }, 20);
        float[] logits = [.. Enumerable.Repeat(float.NaN, 20)];
        Assert.Contains("not finite", Assert.Throws<InferenceException>(() => sampler.Next(logits)).Message);
    }

    private static int[] Draw(SamplingOptions options, int count)
    {
        var sampler = new Sampler(options, Logits.Length);
        return [.. Enumerable.Range(0, count).Select(_ => sampler.Next(Logits))];
    }
}
