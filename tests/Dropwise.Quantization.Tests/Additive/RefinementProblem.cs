using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Additive.Refinement;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.Tests.Calibration;

namespace Dropwise.Quantization.Tests.Additive;

/// <summary>Random codes, codebooks and targets of correlated inputs, and the weighted error by its definition.</summary>
internal sealed class RefinementProblem
{
    public RefinementProblem(int rows, int columns, int count, int codewords, bool nested, int seed = 1)
    {
        FloatMatrix weights = Matrices.Gaussian(rows, columns, seed), noise = Matrices.Gaussian(rows, columns, seed + 1);
        var random = new Random(seed);
        var codebooks = new Codebooks(count, codewords, 4);
        for (int i = 0; i < codebooks.Values.Length; i++) codebooks.Values[i] = (float)(random.NextDouble() - 0.5);
        ushort[][] codes = [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, rows * columns / 4).Select(_ => (ushort)random.Next(codewords)).ToArray())];
        float[] scales = [.. Enumerable.Range(0, rows).Select(static row => 0.5f + (row % 7 * 0.25f))];
        Codes = new AdditiveCodes(codebooks, codes, scales, columns);

        // Each level has a target and moments of its own.
        var levelWeights = new float[count];
        levelWeights[^1] = 1;
        for (int m = 0; nested && m < count - 1; m++) levelWeights[m] = 0.25f * (m + 1);
        LevelTarget[] targets = [.. Enumerable.Range(0, nested ? count : 1).Select(level => new LevelTarget(
            new FloatMatrix(rows, columns, [.. weights.Values.Zip(noise.Values, (w, e) => w + (0.1f * level * e))]), CorrelatedInputs.Moments(columns, seed: 3 + level)))];
        Levels = MomentsLevel.Of(targets, levelWeights, damping: 0.01, QuantizationRun.Default);
    }

    public MomentsLevel[] Levels { get; }

    public AdditiveCodes Codes { get; }

    /// <summary>Σ_l λ_l tr((T − Ŵ) H (T − Ŵ)ᵀ) in float64, element by element.</summary>
    public double Error()
    {
        double total = 0;
        int columns = Codes.Columns;
        foreach (MomentsLevel level in Levels)
        {
            for (int row = 0; row < Codes.Rows; row++)
            {
                var error = new double[columns];
                for (int k = 0; k < columns; k++)
                {
                    double sum = 0;
                    for (int m = 0; m < level.Codebooks; m++) sum += Codes.Codebooks.Codeword(m, Codes.Codes[m][((row * columns) + k) / 4])[k % 4];
                    error[k] = level.Target.Row(row)[k] - (Codes.Scales[row] * sum);
                }

                for (int i = 0; i < columns; i++)
                {
                    for (int j = 0; j < columns; j++) total += level.Weight * error[i] * level.Moments[(i * columns) + j] * error[j];
                }
            }
        }

        return total;
    }
}
