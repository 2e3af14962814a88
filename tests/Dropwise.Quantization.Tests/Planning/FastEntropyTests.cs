using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Planning;
using Dropwise.Testing;

namespace Dropwise.Quantization.Tests.Planning;

/// <summary>Fits the table of FastEWQ anew, holds the shipped one against it, and says how well it guesses models that it was not fitted to.</summary>
[Trait("Category", "Slow")]
public sealed class FastEntropyTests(ITestOutputHelper output)
{
    // Four models cannot say more: what a fit makes of their noise should not reach a fifth one.
    private const double Ridge = 0.5;

    // One block of SmolLM2 is 5.3 deviations below the others; how far beyond any threshold it is says nothing of other models.
    private const double LowestScore = -3;

    private static readonly FormatRegistry Formats = new(FormatTable.Rows);

    [Fact]
    public void The_table_is_what_the_models_at_hand_say()
    {
        Model[] models = [.. Models()];
        double[] table = Fit(models);
        output.WriteLine($"table: [{string.Join(", ", table.Select(static value => FormattableString.Invariant($"{value:0.0000}")))}]");
        double blocks = 0, same = 0, sameQuantized = 0, kept = 0;
        foreach (Model left in models)
        {
            double[] others = Fit([.. models.Where(model => model != left)]);
            (double classes, double quantized) = Agreement(left, others);
            int count = left.Scores.Length;
            output.WriteLine(FormattableString.Invariant(
                $"{left.Name}: {count} blocks; left out, {classes:P0} in the same of three classes and {quantized:P0} quantized or not as EWQ has it; fitted, {Agreement(left, table).Classes:P0}"));
            (blocks, same, sameQuantized, kept) = (blocks + count, same + (classes * count), sameQuantized + (quantized * count), kept + left.Scores.Count(static score => score > 0));
        }

        output.WriteLine(FormattableString.Invariant($"all: {same / blocks:P0} and {sameQuantized / blocks:P0} of {blocks} blocks; quantizing none of them would agree for {kept / blocks:P0}"));
        Assert.True(same > kept && sameQuantized > 1.1 * kept, "a guess that is no better than none");
        for (int i = 0; i < table.Length; i++) Assert.Equal(table[i], FastEntropy.Table[i], 1e-3);
    }

    /// <summary>How often a table gives a block the tier that its entropy gives it, and how often it agrees whether the block is quantized at all, which is what the paper counts.</summary>
    private static (double Classes, double Quantized) Agreement(Model model, double[] table)
    {
        int[] expected = new ScorePlan(model.Scores, 0, 1).Thresholds(3, 1);
        int[] guessed = new ScorePlan([.. model.Features.Select(features => Product(features, table))], 0, 1).Thresholds(3, 1);
        return (
            expected.Zip(guessed).Average(static pair => pair.First == pair.Second ? 1.0 : 0),
            expected.Zip(guessed).Average(static pair => pair.First > 0 == pair.Second > 0 ? 1.0 : 0));
    }

    private static IEnumerable<Model> Models()
    {
        foreach (string name in (string[])["models/tiny-stories-7m", "models/stories15m", "models/books-30m", "models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf"])
        {
            using ModelSource source = ModelSource.OpenAny(TestData.Find(name), Formats);
            var scores = ScorePlan.Of(BlockEntropy.Of(source, QuantizationRun.Default));
            yield return new Model(
                name,
                [.. scores.Scores.Select(score => (score - scores.Mean) / scores.Deviation)],
                [.. Enumerable.Range(0, source.Config.Layers).Select(block => FastEntropy.Features(block, source.Config.Layers))]);
        }
    }

    /// <summary>Least squares with a ridge; every model counts the same, whatever its depth.</summary>
    private static double[] Fit(Model[] models)
    {
        int count = models[0].Features[0].Length;
        double[,] normal = new double[count, count + 1];
        foreach (Model model in models)
        {
            foreach ((double[] features, double score) in model.Features.Zip(model.Scores))
            {
                double share = 8.0 / model.Scores.Length;
                for (int i = 0; i < count; i++)
                {
                    for (int j = 0; j < count; j++) normal[i, j] += share * features[i] * features[j];
                    normal[i, count] += share * features[i] * Math.Max(LowestScore, score);
                }
            }
        }

        for (int i = 0; i < count; i++) normal[i, i] += Ridge;
        for (int i = 0; i < count; i++)
        {
            for (int row = 0; row < count; row++)
            {
                if (row == i) continue;
                double factor = normal[row, i] / normal[i, i];
                for (int j = i; j <= count; j++) normal[row, j] -= factor * normal[i, j];
            }
        }

        return [.. Enumerable.Range(0, count).Select(i => normal[i, count] / normal[i, i])];
    }

    private static double Product(double[] features, double[] table) => features.Zip(table).Sum(static pair => pair.First * pair.Second);

    private sealed record Model(string Name, ImmutableArray<double> Scores, ImmutableArray<double[]> Features);
}
