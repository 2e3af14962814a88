using Dropwise.Cpu;

namespace Dropwise.Quantization.Calibration;

/// <summary>The second moments of what a weight reads: H = X Xᵀ / n over the n tokens of a calibration text, in float64.</summary>
public sealed class InputMoments
{
    // Of the tiles that a transpose is read in.
    private const int TileRows = 32;

    private (double Damping, float[] Factor)? _factor;
    private float[]? _floats;
    private (double Damping, float[] Moments)? _damped;
    private (int[] Inputs, InputMoments Moments)? _ordered;

    /// <summary>Wraps moments.</summary>
    /// <param name="columns">Inputs K, positive.</param>
    /// <param name="hessian">H [K, K], symmetric; kept, not copied.</param>
    /// <param name="tokens">Tokens n that it is the mean of, positive.</param>
    /// <exception cref="ArgumentException">The number of values is not K².</exception>
    public InputMoments(int columns, double[] hessian, long tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        if (hessian.LongLength != (long)columns * columns)
            throw new ArgumentException($"{hessian.LongLength} moments for {columns} inputs", nameof(hessian));
        Columns = columns;
        Hessian = hessian;
        Tokens = tokens;
    }

    /// <summary>Inputs K.</summary>
    public int Columns { get; }

    /// <summary>H [K, K], row-major, symmetric.</summary>
    public double[] Hessian { get; }

    /// <summary>Tokens that the moments are the mean of.</summary>
    public long Tokens { get; }

    /// <summary>H in float32, rounded once for all weights that read the input.</summary>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>[K, K]; not to be changed.</returns>
    internal float[] InFloats(QuantizationRun run) => _floats ??= Floats.Of(Hessian, run);

    /// <summary>The factor of <see cref="HessianFactor.Upper"/> in float32, computed once for all weights that read the input.</summary>
    /// <param name="damping">What is added to the diagonal, in parts of its mean.</param>
    /// <param name="factors">What computes.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>U [K, K]; not to be changed.</returns>
    /// <exception cref="QuantizationException">A moment is NaN or infinite, or what is added does not make the moments positive definite.</exception>
    internal float[] Factor(double damping, IMomentFactors factors, QuantizationRun run)
    {
        if (_factor is { } known && known.Damping == damping) return known.Factor;
        float[] factor = factors.Upper(this, damping, run);
        _factor = (damping, factor);
        return factor;
    }

    /// <summary>H + δ·mean(diag H)·I in float32, computed once for all weights that read the input.</summary>
    /// <param name="damping">δ.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>The moments that <see cref="Factor"/> is the factor of [K, K]; not to be changed.</returns>
    internal float[] Damped(double damping, QuantizationRun run)
    {
        if (_damped is { } known && known.Damping == damping) return known.Moments;
        float[] moments = Floats.Of(Hessian, run);
        double added = HessianFactor.Added(this, damping);
        for (int i = 0; i < Columns; i++)
        {
            long at = ((long)i * Columns) + i;
            moments[at] = Hessian[at] + added == 0 ? 1 : (float)(Hessian[at] + added);
        }

        _damped = (damping, moments);
        return moments;
    }

    /// <summary>The same moments with their inputs in another order, kept for all weights that read the input.</summary>
    /// <param name="inputs">The input at each place [K].</param>
    internal InputMoments Ordered(int[] inputs)
    {
        if (_ordered is { } known && known.Inputs.AsSpan().SequenceEqual(inputs)) return known.Moments;
        var hessian = new double[Hessian.Length];
        for (int i = 0; i < Columns; i++)
        {
            ReadOnlySpan<double> row = Hessian.AsSpan(inputs[i] * Columns, Columns);
            Span<double> places = hessian.AsSpan(i * Columns, Columns);
            for (int j = 0; j < Columns; j++) places[j] = row[inputs[j]];
        }

        var moments = new InputMoments(Columns, hessian, Tokens);
        _ordered = (inputs, moments);
        return moments;
    }

    /// <summary>The moments behind a rotation, V H Vᵀ: rows of H rotated, then those of its transpose.</summary>
    /// <param name="transform">V.</param>
    /// <param name="run">Workers and cancellation.</param>
    internal InputMoments Rotated(InputTransform transform, QuantizationRun run)
    {
        int size = Columns;
        float[] half = Floats.Of(Hessian, run), turned = new float[half.Length];
        var rotated = new double[half.Length];
        run.ForPieces(size, TileRows, (start, end) => InputTransforms.RotateRows(transform, half.AsSpan(checked(start * size), (end - start) * size)));
        run.ForPieces(size, TileRows, (start, end) =>
        {
            ForTiles(start, end, size, (i, j) => turned[((long)i * size) + j] = half[((long)j * size) + i]);
            InputTransforms.RotateRows(transform, turned.AsSpan(checked(start * size), (end - start) * size));
        });

        // Rounding differs between the two halves; moments are symmetric.
        run.ForPieces(size, TileRows, (start, end) =>
            ForTiles(start, end, size, (i, j) => rotated[((long)i * size) + j] = 0.5 * ((double)turned[((long)i * size) + j] + turned[((long)j * size) + i])));
        return new InputMoments(size, rotated, Tokens);
    }

    // Some rows by all columns, tile after tile, so that what is read across rows stays in the first-level cache.
    private static void ForTiles(int start, int end, int size, Action<int, int> body)
    {
        for (int column = 0; column < size; column += TileRows)
        {
            for (int i = start; i < end; i++)
            {
                for (int j = column; j < Math.Min(column + TileRows, size); j++) body(i, j);
            }
        }
    }
}
