using System.Numerics;
using System.Runtime.InteropServices;
using Dropwise.Cpu;
using Dropwise.Cuda;

namespace Dropwise.Inference.Verification;

/// <summary>A random unquantized matrix, inputs for it, and their products in float64.</summary>
internal sealed unsafe class DenseProblem : IDisposable
{
    /// <summary>Tokens of the inputs; a product of fewer takes the first ones.</summary>
    public const int MostTokens = 300;

    // Tokens differ by powers of ten, and one of eight is zero: where halves hold inputs each token has a scale of its own.
    private const int Magnitudes = 8;

    private readonly NativeBuffer _elements;
    private readonly double[] _expected;

    /// <summary>Draws normal elements and inputs, and multiplies them.</summary>
    /// <param name="type">Float32, float16 or bfloat16.</param>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K, a multiple of 8.</param>
    /// <param name="seed">Decides the values.</param>
    public DenseProblem(ScalarType type, int rows, int columns, int seed)
    {
        var random = new Xoshiro256((ulong)seed);
        _elements = new NativeBuffer((long)rows * columns * (FormatDescriptor.BitsOf(type) / 8));
        for (int i = 0; i < rows * columns; i++) Store(type, i, (float)(Normal(random) / Math.Sqrt(columns)));
        Type = type;
        Matrix = DenseMatrix.Create(type, rows, columns, _elements.Pointer, _elements);
        Inputs = new float[MostTokens * columns];
        for (int i = 0; i < Inputs.Length; i++)
        {
            int kind = i / columns % Magnitudes;
            Inputs[i] = kind == Magnitudes - 1 ? 0 : (float)(Normal(random) * Math.Pow(10, kind - 3));
        }

        _expected = new double[MostTokens * rows];
        Multiply();
    }

    /// <summary>The element type.</summary>
    public ScalarType Type { get; }

    /// <summary>The matrix.</summary>
    public WeightMatrix Matrix { get; }

    /// <summary>Inputs, [<see cref="MostTokens"/>][K].</summary>
    public float[] Inputs { get; }

    /// <summary>
    /// How far outputs are from the float64 ones: the worst of all tokens, because one wrong output among those of all tokens would be lost in their norm.
    /// </summary>
    /// <param name="outputs">[part][tokens][rows of the part].</param>
    /// <param name="parts">The rows of the matrix that each part was multiplied with.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="times">How often the product was added up.</param>
    /// <returns>‖y − y*‖ / ‖y*‖; infinite where an output is not finite, or the outputs of zeros are not zero.</returns>
    public double ErrorOf(ReadOnlySpan<float> outputs, ReadOnlySpan<DeviceShard> parts, int tokens, int times)
    {
        double worst = 0;
        for (int token = 0; token < tokens; token++)
        {
            double difference = 0, length = 0;
            int start = 0;
            foreach (DeviceShard part in parts)
            {
                ReadOnlySpan<float> found = outputs.Slice(start + (token * part.Rows), part.Rows);
                ReadOnlySpan<double> expected = _expected.AsSpan((token * Matrix.Rows) + part.FirstRow, part.Rows);
                for (int row = 0; row < found.Length; row++)
                {
                    double wanted = times * expected[row], error = found[row] - wanted;
                    difference += error * error;
                    length += wanted * wanted;
                }

                start += tokens * part.Rows;
            }

            if (difference == 0) continue;
            worst = double.IsFinite(difference) && length > 0 ? Math.Max(worst, Math.Sqrt(difference / length)) : double.PositiveInfinity;
            if (double.IsInfinity(worst)) break;
        }

        return worst;
    }

    /// <inheritdoc/>
    public void Dispose() => _elements.Dispose();

    // Box and Muller; 1 − u is never zero.
    private static double Normal(Xoshiro256 random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private void Store(ScalarType type, int index, float value)
    {
        if (type == ScalarType.Float32) ((float*)_elements.Pointer)[index] = value;
        else if (type == ScalarType.Float16) ((Half*)_elements.Pointer)[index] = (Half)value;
        else ((ushort*)_elements.Pointer)[index] = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
    }

    private void Multiply()
    {
        int rows = Matrix.Rows, columns = Matrix.Columns;
        double[] inputs = Array.ConvertAll(Inputs, static input => (double)input), weights = new double[columns];
        float[] row = new float[columns];
        for (int r = 0; r < rows; r++)
        {
            fixed (float* values = row) Matrix.DequantizeRow(1, r, values);
            for (int k = 0; k < columns; k++) weights[k] = row[k];
            for (int token = 0; token < MostTokens; token++) _expected[(token * rows) + r] = Dot(weights, inputs.AsSpan(token * columns, columns));
        }
    }

    // K is a multiple of 8, and so of every width of a vector.
    private static double Dot(ReadOnlySpan<double> weights, ReadOnlySpan<double> inputs)
    {
        ReadOnlySpan<Vector<double>> left = MemoryMarshal.Cast<double, Vector<double>>(weights), right = MemoryMarshal.Cast<double, Vector<double>>(inputs);
        Vector<double> sums = default;
        for (int i = 0; i < left.Length; i++) sums += left[i] * right[i];
        return Vector.Sum(sums);
    }
}
