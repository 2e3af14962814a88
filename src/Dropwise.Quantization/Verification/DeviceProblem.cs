using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Additive.Feedback;
using Dropwise.Quantization.Additive.Refinement;
using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Verification;

/// <summary>Random weights behind correlated inputs, a target and moments a level, and codebooks whose sums come close to them.</summary>
internal sealed class DeviceProblem
{
    private const int Tokens = 700;
    private const int Codewords = 256;
    private const int Dimension = 8;

    // Each further codeword leaves so much of an element.
    private const float Ratio = 0.58f;

    private readonly float[] _weights;
    private readonly LevelTarget[] _targets;
    private readonly int _seed;

    /// <summary>Draws a problem.</summary>
    /// <param name="rows">Rows N.</param>
    /// <param name="columns">Inputs K, a multiple of 8.</param>
    /// <param name="codebooks">Codebooks M.</param>
    /// <param name="nested">Whether every prefix of the codebooks is a level.</param>
    /// <param name="seed">Decides everything.</param>
    public DeviceProblem(int rows, int columns, int codebooks, bool nested, int seed)
    {
        (Rows, Columns, _seed) = (rows, columns, seed);
        float[] weights = Normal(rows * columns, seed), noise = Normal(rows * columns, seed + 1);
        _targets = [.. Enumerable.Range(0, nested ? codebooks : 1).Select(level => new LevelTarget(
            new FloatMatrix(rows, columns, [.. weights.Zip(noise, (w, e) => w + (0.05f * level * e))]), Moments(seed + 2 + level)))];
        _weights = [.. Enumerable.Range(0, codebooks).Select(level => nested || level + 1 == codebooks ? 1f / (level + 1) : 0)];
        Codebooks = new Codebooks(codebooks, Codewords, Dimension);
        float[] values = Normal(Codebooks.Values.Length, seed + 20);
        for (int i = 0; i < values.Length; i++) Codebooks.Values[i] = values[i] * 0.8f * MathF.Pow(Ratio, i / (Codewords * Dimension));
        Scales = [.. Enumerable.Range(0, rows).Select(static row => row == 5 ? 0 : 0.8f + (row % 7 * 0.05f))];
    }

    /// <summary>Rows N, of which one has a scale of zero.</summary>
    public int Rows { get; }

    /// <summary>Inputs K.</summary>
    public int Columns { get; }

    /// <summary>The codebooks.</summary>
    public Codebooks Codebooks { get; }

    /// <summary>The rows' first scales [N].</summary>
    public float[] Scales { get; }

    /// <summary>The moments of each level's input.</summary>
    public IEnumerable<InputMoments> Inputs => _targets.Select(static target => target.Moments);

    /// <summary>The levels as refinement knows them.</summary>
    public MomentsLevel[] Levels => MomentsLevel.Of(_targets, _weights, ErrorFeedbackQuantizer.Damping);

    /// <summary>Codes by error feedback, with scales that fit them.</summary>
    /// <param name="search">What computes.</param>
    /// <param name="width">The width of the beam.</param>
    /// <param name="run">Workers and cancellation.</param>
    public AdditiveCodes Settle(IFeedbackSearch search, int width, QuantizationRun run)
    {
        FeedbackLevel[] levels = [.. _targets.Select((target, level) =>
            new FeedbackLevel(target.Weights, target.Moments.Factor(ErrorFeedbackQuantizer.Damping, run), _weights[^(_targets.Length - level)], Dimension))];
        using var tables = new SearchTables(Codebooks, _weights);
        using var metrics = SearchMetrics.OfFactors(tables, [.. Enumerable.Range(0, Codebooks.Count).Select(m => levels[levels.Length == 1 ? 0 : m].Factor)], Columns, run);
        ushort[][] codes = [.. Enumerable.Range(0, Codebooks.Count).Select(_ => new ushort[Rows * Columns / Dimension])];
        var factors = new float[Rows];
        search.Run([.. levels], tables, metrics, width, Scales, codes, factors, run);
        return new AdditiveCodes(Codebooks, codes, [.. Scales.Zip(factors, static (scale, factor) => scale * factor)], Columns);
    }

    /// <summary>A copy of codes that may be changed.</summary>
    /// <param name="codes">The codes.</param>
    public static AdditiveCodes Copy(AdditiveCodes codes) => new(codes.Codebooks, [.. codes.Codes.Select(static plane => (ushort[])plane.Clone())], [.. codes.Scales], codes.Columns);

    // Inputs that share what their neighbours have, some with much more energy than others.
    private InputMoments Moments(int seed)
    {
        float[] noise = Normal(Tokens * Columns, seed);
        var hessian = new double[Columns * Columns];
        var x = new float[Columns];
        for (int token = 0; token < Tokens; token++)
        {
            for (int k = 0; k < Columns; k++)
                x[k] = (noise[(token * Columns) + k] + (k == 0 ? 0 : 0.7f * x[k - 1])) * (k % 50 == 0 ? 2 : 1);
            for (int i = 0; i < Columns; i++)
            {
                for (int j = 0; j < Columns; j++) hessian[(i * Columns) + j] += (double)x[i] * x[j] / Tokens;
            }
        }

        return new InputMoments(Columns, hessian, Tokens);
    }

    private static float[] Normal(int count, int seed) => NormalVectors.Draw(count, 1, seed).Values;
}
