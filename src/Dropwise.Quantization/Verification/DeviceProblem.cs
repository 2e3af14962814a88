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
        float[] noise = Normal(rows * columns, seed + 1);
        _targets = new LevelTarget[nested ? codebooks : 1];
        for (int level = 0; level < _targets.Length; level++)
        {
            float[] weights = Normal(rows * columns, seed);
            for (int i = 0; i < weights.Length; i++) weights[i] += 0.05f * level * noise[i];
            _targets[level] = new LevelTarget(new FloatMatrix(rows, columns, weights), Moments(seed + 2 + level));
        }

        _weights = new float[codebooks];
        for (int m = nested ? 0 : codebooks - 1; m < codebooks; m++) _weights[m] = 1f / (m + 1);
        Codebooks = new Codebooks(codebooks, Codewords, Dimension);
        float[] values = Normal(Codebooks.Values.Length, seed + 20);
        for (int i = 0; i < values.Length; i++) Codebooks.Values[i] = values[i] * 0.8f * MathF.Pow(Ratio, i / (Codewords * Dimension));
        Scales = new float[rows];
        for (int row = 0; row < rows; row++) Scales[row] = row == 5 ? 0 : 0.8f + (row % 7 * 0.05f);
    }

    /// <summary>Rows N, of which one has a scale of zero.</summary>
    public int Rows { get; }

    /// <summary>Inputs K.</summary>
    public int Columns { get; }

    /// <summary>The codebooks.</summary>
    public Codebooks Codebooks { get; }

    /// <summary>The rows' first scales [N].</summary>
    public float[] Scales { get; }

    /// <summary>The moments of the first level's input.</summary>
    public InputMoments Input => _targets[0].Moments;

    /// <summary>The levels as refinement knows them.</summary>
    /// <param name="run">Workers and cancellation.</param>
    public MomentsLevel[] Levels(QuantizationRun run) => MomentsLevel.Of(_targets, _weights, ErrorFeedbackQuantizer.Damping, run);

    /// <summary>Codes by error feedback, with scales that fit them.</summary>
    /// <param name="search">What computes.</param>
    /// <param name="width">The width of the beam.</param>
    /// <param name="run">Workers and cancellation.</param>
    public AdditiveCodes Settle(IFeedbackSearch search, int width, QuantizationRun run)
    {
        var levels = new FeedbackLevel[_targets.Length];
        for (int l = 0; l < levels.Length; l++)
            levels[l] = new FeedbackLevel(_targets[l].Weights, _targets[l].Moments.Factor(ErrorFeedbackQuantizer.Damping, new CpuFactors(), run), _weights[^(levels.Length - l)], Dimension);
        var factors = new float[Codebooks.Count][];
        for (int m = 0; m < factors.Length; m++) factors[m] = levels[levels.Length == 1 ? 0 : m].Factor;
        using var tables = new SearchTables(Codebooks, _weights);
        using var metrics = SearchMetrics.OfFactors(tables, factors, Columns, run);
        ushort[][] codes = CopyOf(null);
        var ratios = new float[Rows];
        search.Run([.. levels], tables, metrics, width, Scales, codes, ratios, run);
        for (int row = 0; row < Rows; row++) ratios[row] *= Scales[row];
        return new AdditiveCodes(Codebooks, codes, ratios, Columns);
    }

    /// <summary>A copy of codes that may be changed.</summary>
    /// <param name="codes">The codes.</param>
    public AdditiveCodes Copy(AdditiveCodes codes) => new(codes.Codebooks, CopyOf(codes.Codes), [.. codes.Scales], codes.Columns);

    private ushort[][] CopyOf(ushort[][]? codes)
    {
        var copy = new ushort[Codebooks.Count][];
        for (int m = 0; m < copy.Length; m++)
        {
            copy[m] = new ushort[Rows * Columns / Dimension];
            codes?[m].CopyTo(copy[m], 0);
        }

        return copy;
    }

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
