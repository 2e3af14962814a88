namespace Dropwise.Quantization;

/// <summary>Weights W of y = W x as float32, row-major [N output rows, K inputs]: what quantizers read.</summary>
public sealed class FloatMatrix
{
    /// <summary>Wraps values.</summary>
    /// <param name="rows">Output rows N, positive.</param>
    /// <param name="columns">Inputs K, positive.</param>
    /// <param name="values">The weights [N, K], row-major; kept, not copied.</param>
    /// <exception cref="ArgumentException">A size is not positive, or the number of values is not N · K.</exception>
    public FloatMatrix(int rows, int columns, float[] values)
    {
        if (rows <= 0 || columns <= 0) throw new ArgumentException($"a matrix of {rows} x {columns} is empty");
        if (values.LongLength != (long)rows * columns)
            throw new ArgumentException($"{values.LongLength} values for a matrix of {rows} x {columns}", nameof(values));
        Rows = rows;
        Columns = columns;
        Values = values;
    }

    /// <summary>Output rows N.</summary>
    public int Rows { get; }

    /// <summary>Inputs K.</summary>
    public int Columns { get; }

    /// <summary>The weights [N, K], row-major.</summary>
    public float[] Values { get; }

    /// <summary>One output row [K].</summary>
    /// <param name="row">0 to N − 1.</param>
    public Span<float> Row(int row) => Values.AsSpan(row * Columns, Columns);

    /// <summary>Refuses values that no format can hold.</summary>
    /// <exception cref="QuantizationException">A weight is NaN or infinite; the message says where.</exception>
    public void RequireFinite()
    {
        for (int n = 0; n < Rows; n++)
        {
            Span<float> row = Row(n);
            for (int k = 0; k < row.Length; k++)
            {
                if (!float.IsFinite(row[k]))
                    throw new QuantizationException(FormattableString.Invariant($"the weight at row {n}, column {k} is {row[k]}"));
            }
        }
    }
}
