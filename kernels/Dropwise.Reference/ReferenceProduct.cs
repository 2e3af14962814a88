namespace Dropwise.Reference;

/// <summary>y = Ŵ x in float64, and |Ŵ| |x|, which errors on adversarial inputs are measured against.</summary>
public sealed class ReferenceProduct
{
    private readonly CanonicalMatrix _matrix;
    private readonly double[] _weights;

    /// <summary>Decodes a matrix once, for any number of products.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="level">The level, from 1.</param>
    public ReferenceProduct(CanonicalMatrix matrix, int level)
    {
        _matrix = matrix;
        _weights = ReferenceDecoder.Decode(matrix, level);
    }

    /// <summary>The decoded weights [N, K], behind the rotation where there is one.</summary>
    public ReadOnlySpan<double> Weights => _weights;

    /// <summary>Multiplies.</summary>
    /// <param name="x">Inputs [K] as the model has them; the rotation is applied here.</param>
    /// <param name="y">Receives [N].</param>
    /// <param name="magnitude">Receives Σ |ŵ| |x| [N], of the rotated inputs.</param>
    /// <exception cref="ArgumentException">A length does not match the matrix.</exception>
    public void Multiply(ReadOnlySpan<float> x, Span<double> y, Span<double> magnitude)
    {
        if (x.Length != _matrix.Columns) throw new ArgumentException($"{x.Length} inputs for a matrix of {_matrix.Columns} columns", nameof(x));
        if (y.Length != _matrix.Rows || magnitude.Length != _matrix.Rows)
            throw new ArgumentException($"{y.Length} and {magnitude.Length} outputs for a matrix of {_matrix.Rows} rows", nameof(y));
        double[] inputs = new double[x.Length];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = x[i];
        if (_matrix.Transform is { } transform) inputs = ReferenceRotation.Apply(transform, inputs);
        for (int row = 0; row < _matrix.Rows; row++)
        {
            ReadOnlySpan<double> weights = _weights.AsSpan(row * _matrix.Columns, _matrix.Columns);
            double sum = 0;
            double absolute = 0;
            for (int i = 0; i < inputs.Length; i++)
            {
                sum += weights[i] * inputs[i];
                absolute += Math.Abs(weights[i] * inputs[i]);
            }

            y[row] = sum;
            magnitude[row] = absolute;
        }
    }
}
