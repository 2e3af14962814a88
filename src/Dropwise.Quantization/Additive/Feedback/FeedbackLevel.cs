using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Additive.Feedback;

/// <summary>What error feedback knows of one level before it begins: its target, and the factor of its input's moments.</summary>
/// <param name="target">The target T [N, K].</param>
/// <param name="factor">U [K, K], upper triangular: H = U Uᵀ.</param>
/// <param name="weight">λ of the level.</param>
/// <param name="dimension">Inputs of a run.</param>
internal sealed class FeedbackLevel(FloatMatrix target, float[] factor, float weight, int dimension)
{
    private readonly float[] _inverses = Invert(factor, target.Columns, dimension);

    /// <summary>T [N, K].</summary>
    public FloatMatrix Target => target;

    /// <summary>U [K, K], row-major, upper triangular.</summary>
    public float[] Factor => factor;

    /// <summary>λ of the level.</summary>
    public float Weight => weight;

    /// <summary>U_jj⁻¹ of all runs [K / dimension, dimension, dimension].</summary>
    public float[] Inverses => _inverses;

    /// <summary>U_jj⁻¹ of a run of inputs [dimension, dimension], upper triangular.</summary>
    /// <param name="run">The run j, from 0.</param>
    public ReadOnlySpan<float> InverseOf(int run) => _inverses.AsSpan(run * dimension * dimension, dimension * dimension);

    private static float[] Invert(float[] factor, int columns, int dimension)
    {
        var inverses = new float[columns * dimension];
        for (int first = 0; first < columns; first += dimension)
        {
            Span<float> inverse = inverses.AsSpan(first * dimension, dimension * dimension);
            float Element(int i, int j) => factor[((first + i) * columns) + first + j];

            // Row by row from the last: U X = I.
            for (int i = dimension - 1; i >= 0; i--)
            {
                for (int j = i; j < dimension; j++)
                {
                    double sum = i == j ? 1 : 0;
                    for (int k = i + 1; k <= j; k++) sum -= Element(i, k) * inverse[(k * dimension) + j];
                    inverse[(i * dimension) + j] = (float)(sum / Element(i, i));
                }
            }
        }

        return inverses;
    }
}
