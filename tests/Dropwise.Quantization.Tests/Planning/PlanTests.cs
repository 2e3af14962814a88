using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Planning;
using Dropwise.Quantization.Recipes;
using Dropwise.Testing;

namespace Dropwise.Quantization.Tests.Planning;

public sealed class PlanTests : IDisposable
{
    private static readonly FormatRegistry Formats = new(FormatTable.Rows);

    private readonly ModelSource _model = ModelSource.OpenAny(TestData.DefaultModel, Formats);
    private readonly BlockTiers _tiers;

    public PlanTests() => _tiers = BlockTiers.OfFormats(_model, [null, Formats["int8g32"], Formats["int4g32"]]);

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(1, 5.0)]
    [InlineData(2, 7.3)]
    [InlineData(3, 12.0)]
    [InlineData(4, 99.0)]
    public void The_knapsack_is_as_good_as_trying_all_plans(int seed, double bits)
    {
        var random = new Random(seed);
        double[][] costs = [.. Enumerable.Range(0, _tiers.Blocks).Select(_ => new[] { 0, random.NextDouble(), 2 * random.NextDouble() })];
        long budget = (long)(bits * _tiers.Weights.Sum());
        int[] plan = Knapsack.Solve(_tiers, costs, budget);
        Assert.True(_tiers.BitsOf(plan) <= budget);
        Assert.Equal(AllPlans().Where(other => _tiers.BitsOf(other) <= budget).Min(Cost), Cost(plan), 1e-12);

        double Cost(int[] other) => other.Select((tier, block) => costs[block][tier]).Sum();
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        double[][] costs = [.. Enumerable.Range(0, _tiers.Blocks).Select(_ => new double[3])];
        Assert.Contains("int4g32", Assert.Throws<QuantizationException>(() => Knapsack.Solve(_tiers, costs, 1000)).Message, StringComparison.Ordinal);
        Assert.Throws<QuantizationException>(() => ScorePlan.Of([1, 2, 3, 4, 5, 6, 7, 8]).Assign(_tiers, 1, 1000));
    }

    [Fact]
    public void Thresholds_are_the_mean_and_a_number_of_deviations_below_it()
    {
        var scores = ScorePlan.Of([5, 5, 5, 1, 4.4, 5, 5, 4.5]);
        Assert.Equal([0, 0, 0, 2, 0, 0, 0, 0], scores.Thresholds(3, 1));
        Assert.Equal([0, 0, 0, 1, 0, 0, 0, 0], scores.Thresholds(3, 3));
        Assert.Equal([0, 0, 0, 1, 0, 0, 0, 0], scores.Thresholds(2, 1));
    }

    [Theory]
    [InlineData(4.7)]
    [InlineData(6.0)]
    [InlineData(9.0)]
    [InlineData(20.0)]
    public void A_budget_is_used_up_and_lower_scores_never_get_more(double bits)
    {
        ImmutableArray<double> values = [0.3, 0.9, 0.1, 0.5, 0.7, 0.2, 0.8, 0.4];
        long budget = (long)(bits * _tiers.Weights.Sum());
        int[] plan = ScorePlan.Of(values).Assign(_tiers, 1, budget);
        Assert.True(_tiers.BitsOf(plan) <= budget);
        Assert.All(Enumerable.Range(0, plan.Length).Where(block => plan[block] > 0), block =>
            Assert.True(_tiers.BitsOf(plan) + _tiers.BitsOf(block, plan[block] - 1) - _tiers.BitsOf(block, plan[block]) > budget));
    }

    [Fact]
    public void The_recipe_gives_every_weight_of_a_block_what_the_plan_says()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "recipe.json");
        Recipe.Write(path, _tiers.Recipe([0, 1, 2, 2, 1, 0, 1, 2]));
        var recipe = Recipe.Read(path, Formats);
        Assert.Null(recipe.ChoiceOf("model.layers.0.mlp.up_proj.weight"));
        Assert.Equal("int8g32", recipe.ChoiceOf("model.layers.1.self_attn.q_proj.weight")!.Format.Descriptor.Name);
        Assert.Equal("int4g32", recipe.ChoiceOf("model.layers.7.mlp.down_proj.weight")!.Format.Descriptor.Name);
        Assert.Null(recipe.ChoiceOf("model.layers.17.mlp.down_proj.weight"));
        Assert.Null(recipe.ChoiceOf("lm_head.weight"));
    }

    [Fact]
    public void Formats_that_save_nothing_are_refused() =>
        Assert.Throws<QuantizationException>(() => BlockTiers.OfFormats(_model, [Formats["int4g32"], Formats["int8g32"]]));

    private IEnumerable<int[]> AllPlans()
    {
        int count = (int)Math.Pow(3, _tiers.Blocks);
        for (int number = 0; number < count; number++)
        {
            int rest = number;
            yield return [.. Enumerable.Range(0, _tiers.Blocks).Select(_ =>
            {
                (rest, int tier) = Math.DivRem(rest, 3);
                return tier;
            })];
        }
    }

    private sealed class ScratchFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dropwise-plan-");

        public string Path => _folder.FullName;

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
