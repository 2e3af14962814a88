using Dropwise.Quantization.Additive;
using Dropwise.Quantization.EndToEnd;
using Dropwise.Quantization.EndToEnd.Codes;
using Dropwise.Quantization.Rounding;

namespace Dropwise.Quantization.Tests.EndToEnd;

/// <summary>The V step for every kind of code: straight-through estimation as its limit, bounds on what changes, and that exact steps never raise a loss.</summary>
public sealed class CodeTrainingTests
{
    private const int Rows = 12;
    private const int Columns = 64;

    public static TheoryData<string> Kinds => ["integers", "offsets", "table", "second", "nested", "whole"];

    [Theory]
    [InlineData("integers", 0)]
    [InlineData("table", 0)]
    [InlineData("integers", 0.5)]
    public void Straight_through_estimation_is_the_limit_bit_for_bit(string kind, double momentum)
    {
        CanonicalMatrix tuned = Quantized(kind), plain = Quantized(kind);
        CodeTuningOptions options = CodeTuningOptions.StraightThrough with { Rate = 0.2, FirstDecay = momentum };
        var training = new CodeTraining(tuned, [1], options);

        // What everybody means by it: weights that are not rounded follow the gradient at the rounded ones, and are rounded anew.
        float[] weights = Matrices.Decoded(plain, 1).Values, squares = new float[weights.Length], means = new float[weights.Length];
        for (int step = 1; step <= 5; step++)
        {
            float[] gradient = Matrices.Gaussian(Rows, Columns, 100 + step).Values;
            training.Add(1, gradient);
            Assert.True(training.Step(options.Rate, step) > 0);

            float[] rounded = Matrices.Decoded(plain, 1).Values;
            float correction = (float)(1 / (1 - Math.Pow(options.SecondDecay, step))), second = (float)options.SecondDecay;
            float first = (float)momentum, unbiased = (float)(1 / (1 - Math.Pow(first, step)));
            double length = options.Rate * Math.Sqrt(rounded.Sum(static value => (double)value * value)), direction = 0;
            for (int i = 0; i < weights.Length; i++)
            {
                squares[i] = (second * squares[i]) + ((1 - second) * gradient[i] * gradient[i]);
                means[i] = (first * means[i]) + ((1 - first) * gradient[i]);
                gradient[i] = means[i] * unbiased / (MathF.Sqrt(squares[i] * correction) + 1e-12f);
                direction += (double)gradient[i] * gradient[i];
            }

            for (int i = 0; i < weights.Length; i++) weights[i] -= (float)(length / Math.Sqrt(direction)) * gradient[i];
            RoundToNearest(plain, weights);
            Assert.Equal(plain.Codes[0], tuned.Codes[0]);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Changes_stay_within_their_share_and_their_bound(string kind)
    {
        CanonicalMatrix matrix = Quantized(kind);
        int[] levels = [.. Enumerable.Range(1, matrix.Format.Levels)];
        var options = new CodeTuningOptions { Share = 0.1, TrustRatio = 0.2 };
        var training = new CodeTraining(matrix, levels, options);
        float[] gradient = Matrices.Gaussian(Rows, Columns, 7).Values;
        foreach (int level in levels)
        {
            training.Add(level, gradient);
        }

        ushort[][] before = [.. matrix.Codes.Select(static plane => (ushort[])[.. plane])];
        float[] decoded = Matrices.Decoded(matrix, matrix.Format.Levels).Values;
        int changed = training.Step(0.5, 1);
        int groups = before[0].Length;
        int different = Enumerable.Range(0, groups).Count(group => matrix.Codes.Where((plane, m) => plane[group] != before[m][group]).Any());
        Assert.Equal(changed, different);
        Assert.InRange(changed, 1, (int)Math.Ceiling(0.1 * groups));
        double moved = Matrices.Decoded(matrix, matrix.Format.Levels).Values.Zip(decoded, static (a, b) => ((double)a - b) * (a - b)).Sum();
        Assert.InRange(moved, 0, 0.2 * 0.2 * levels.Length * decoded.Sum(static value => (double)value * value));
        Assert.All(matrix.Outliers, outlier => Assert.Equal(0, matrix.Codes[0][(outlier.Row * Columns) + outlier.Column]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Steps_lower_a_loss(string kind)
    {
        // L = ½ Σ_l ‖Ŵ_l − T‖²: with weights that start anew from what is represented, a step with the whole gradient asks for the nearest codes to T.
        CanonicalMatrix matrix = Quantized(kind);
        int[] levels = [.. Enumerable.Range(1, matrix.Format.Levels)];
        float[] target = Matrices.Gaussian(Rows, Columns, 55).Values;
        var training = new CodeTraining(matrix, levels, new CodeTuningOptions { Share = 1, TrustRatio = 0.1 });
        double first = Loss();
        for (int step = 1; step <= 12; step++)
        {
            foreach (int level in levels)
            {
                float[] gradient = [.. Matrices.Decoded(matrix, level).Values.Zip(target, static (value, wanted) => value - wanted)];
                training.Add(level, gradient);
            }

            training.Step(0.05, step);
        }

        Assert.True(Loss() < 0.95 * first, $"{first} to {Loss()}");

        double Loss() => levels.Sum(level => Matrices.Decoded(matrix, level).Values.Zip(target, static (value, wanted) => ((double)value - wanted) * (value - wanted)).Sum());
    }

    [Theory]
    [InlineData("integers")]
    [InlineData("table")]
    [InlineData("second")]
    [InlineData("nested")]
    [InlineData("whole")]
    public void An_exact_step_never_raises_the_loss(string kind)
    {
        CanonicalMatrix matrix = Quantized(kind);
        int[] levels = [.. Enumerable.Range(1, matrix.Format.Levels)];
        ICodeSpace space = matrix.Format.Kind == CodeKind.Additive ? new AdditiveCodeSpace(matrix, levels) : new ScalarCodeSpace(matrix);
        float[] target = Matrices.Gaussian(Rows * levels.Length, Columns, 3).Values, weights = [.. levels.Select(static level => 1f / level)];
        float[] wanted = new float[levels.Length * space.GroupSize], now = new float[wanted.Length];
        int groups = Rows * Columns / space.GroupSize, better = 0;
        for (int group = 0; group < groups; group++)
        {
            for (int level = 0; level < levels.Length; level++)
                target.AsSpan((level * Rows * Columns) + (group * space.GroupSize), space.GroupSize).CopyTo(wanted.AsSpan(level * space.GroupSize));
            double before = Distance(group);
            space.Encode(group, wanted, weights);
            double after = Distance(group);
            Assert.True(after <= before * (1 + 1e-5), $"group {group}: {before} to {after}");
            if (after < before) better++;
        }

        Assert.True(better > groups / 2);

        double Distance(int group)
        {
            space.Decode(group, now);
            double sum = 0;
            for (int i = 0; i < now.Length; i++) sum += weights[i / space.GroupSize] * ((double)wanted[i] - now[i]) * (wanted[i] - now[i]);
            return sum;
        }
    }

    [Fact]
    public void A_level_goes_as_much_less_far_as_its_loss_is_steeper()
    {
        CanonicalMatrix matrix = Quantized("nested");
        var training = new CodeTraining(matrix, [2, 3], new CodeTuningOptions { Share = 0.01 });
        float[][] before = [.. training.State.Select(static values => (float[])[.. values])];
        float[] gradient = Matrices.Gaussian(Rows, Columns, 5).Values, steeper = [.. gradient.Select(static value => 10 * value)];
        training.Add(2, gradient);
        training.Add(3, steeper);

        training.Step(0.1, 1);
        double[] moved = [.. training.State.Zip(before, static (now, then) => Math.Sqrt(now.Zip(then, static (a, b) => ((double)a - b) * (a - b)).Sum()))];
        Assert.InRange(moved[0] / moved[2], 9.99, 10.01);

        // Together they go as far as they are told.
        double size = new[] { 2, 3 }.Sum(level => Matrices.Decoded(Quantized("nested"), level).Values.Sum(static value => (double)value * value));
        Assert.Equal(0.1 * Math.Sqrt(size), Math.Sqrt((moved[0] * moved[0]) + (moved[2] * moved[2])), 1e-4 * Math.Sqrt(size));
    }

    [Fact]
    public void Stochastic_rounding_means_the_weight()
    {
        CanonicalMatrix matrix = Quantized("integers");
        var space = new ScalarCodeSpace(matrix);
        var random = new Random(3);
        var now = new float[1];
        float scale = matrix.GroupScales[0];
        foreach (float wanted in (float[])[-1.7f * scale, 0.25f * scale, 1.5f * scale, 2 * scale, 50 * scale])
        {
            double sum = 0;
            const int draws = 4000;
            for (int draw = 0; draw < draws; draw++)
            {
                space.Encode(0, [wanted], [1], random);
                space.Decode(0, now);
                Assert.True(wanted == 50 * scale || MathF.Abs(now[0] - wanted) < MathF.Abs(scale));
                sum += now[0] / scale;
            }

            // Codes of three bits with a sign end at 3; the deviation of a mean of draws is half a step over their root at most.
            Assert.Equal(Math.Min(wanted / scale, 3), sum / draws, 0.04);
        }
    }

    [Fact]
    public void Stochastic_codewords_stay_where_nothing_is_missing_and_differ_where_something_is()
    {
        CanonicalMatrix matrix = Quantized("nested");
        int[] levels = [.. Enumerable.Range(1, matrix.Format.Levels)];
        var space = new AdditiveCodeSpace(matrix, levels);
        var random = new Random(3);
        var wanted = new float[levels.Length * space.GroupSize];
        float[] weights = [.. levels.Select(static _ => 1f)];
        ushort[] before = [.. matrix.Codes.Select(static plane => plane[5])], codes = new ushort[before.Length];
        space.Decode(5, wanted);
        space.Encode(5, wanted, weights, random);
        space.Save(5, codes);
        Assert.Equal(before, codes);
        for (int i = 0; i < wanted.Length; i++) wanted[i] *= 1.4f;
        var found = new HashSet<string>();
        for (int draw = 0; draw < 50; draw++)
        {
            space.Encode(5, wanted, weights, random);
            space.Save(5, codes);
            found.Add(string.Join(',', codes));
            space.Restore(5, before);
        }

        Assert.InRange(found.Count, 3, 50);
    }

    [Theory]
    [InlineData(RateDecay.Cosine, 0.5)]
    [InlineData(RateDecay.Linear, 0.5)]
    [InlineData(RateDecay.Constant, 1)]
    public void Rates_fall_as_asked(RateDecay decay, double half)
    {
        Assert.Equal(1, decay.At(0));
        Assert.Equal(half, decay.At(0.5), 1e-12);
        Assert.Equal(decay == RateDecay.Constant ? 1 : 0, decay.At(1), 1e-12);
    }

    [Theory]
    [InlineData(GroupChoice.Greedy)]
    [InlineData(GroupChoice.Proportional)]
    [InlineData(GroupChoice.Uniform)]
    public void Groups_are_chosen_as_asked(GroupChoice choice)
    {
        float[] wants = [.. Enumerable.Range(0, 1000).Select(static i => (float)(i % 100))];
        var options = new CodeTuningOptions { Share = 0.1, Choice = choice };
        int[] groups = GroupOrder.Of(wants, options, new Random(1));
        Assert.Equal(100, groups.Distinct().Count());
        double mean = groups.Average(group => wants[group]);
        Assert.InRange(mean, choice switch { GroupChoice.Greedy => 94.5, GroupChoice.Proportional => 60, _ => 42 }, choice switch { GroupChoice.Greedy => 94.5, GroupChoice.Proportional => 75, _ => 57 });
        Assert.Equal(groups, GroupOrder.Of(wants, options, new Random(1)));
    }

    private static void RoundToNearest(CanonicalMatrix matrix, float[] weights)
    {
        FormatDescriptor format = matrix.Format;
        float[] values = RowDecoder.CodeValues(format);
        int groups = format.GroupsOf(Columns);
        for (int i = 0; i < weights.Length; i++)
        {
            float wanted = weights[i] / matrix.GroupScales[(i / Columns * groups) + (i % Columns / format.GroupSize)];
            matrix.Codes[0][i] = (ushort)Enumerable.Range(0, values.Length).MinBy(code => MathF.Abs(values[code] - wanted));
        }
    }

    private static CanonicalMatrix Quantized(string kind)
    {
        FloatMatrix weights = Matrices.Gaussian(Rows, Columns);
        switch (kind)
        {
            case "integers": return new RtnQuantizer(TestFormats.Uniform(3, 16, ZeroPoint.None, signed: true)).Quantize(weights, QuantizationRun.Default);
            case "offsets": return new RtnQuantizer(TestFormats.Uniform(3, 16, ZeroPoint.Rescale, signed: false)).Quantize(weights, QuantizationRun.Default);
            case "table": return new RtnQuantizer(Format("nf4g64")).Quantize(weights, QuantizationRun.Default);
            case "second": return new SecondLevelQuantizer(Format("spqr3")).Quantize(weights, QuantizationRun.Default);
            default:
                FormatDescriptor format = TestFormats.Additive(3, 4, 8, nested: kind == "nested");
                return new AdditiveQuantizer(format, new AdditiveOptions { Rounds = 2, LevelWeights = LevelWeights.Uniform }).Quantize(weights, QuantizationRun.Default);
        }
    }

    private static FormatDescriptor Format(string name) => Formats.FormatTable.Rows.First(row => row.Descriptor.Name == name).Descriptor;
}
