namespace Dropwise.Conformance;

/// <summary>Draws matrices of any format, straight as codes and scales: no quantizer is involved.</summary>
internal static class MatrixSource
{
    // An int8 codeword has its largest element near 127, as a quantizer would scale it.
    private const double Int8Unit = 32;

    /// <summary>Draws a matrix.</summary>
    /// <param name="format">The format.</param>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K, a multiple of the format's dimension.</param>
    /// <param name="values">Where values come from.</param>
    public static CanonicalMatrix Draw(FormatDescriptor format, int rows, int columns, ValueSource values)
    {
        var matrix = new CanonicalMatrix(format, rows, columns);
        foreach (ushort[] plane in matrix.Codes)
        {
            for (int i = 0; i < plane.Length; i++)
                plane[i] = (ushort)(format.Kind == CodeKind.Additive ? values.Index(format.CodeCount) : values.Integer(format.CodeCount));
        }

        for (int i = 0; i < matrix.GroupScales.Length; i++) matrix.GroupScales[i] = Rounded(values.Scale(), format.GroupScale);
        for (int i = 0; i < matrix.GroupZeros.Length; i++)
        {
            matrix.GroupZeros[i] = format.Zero == ZeroPoint.Original
                ? values.Integer(format.CodeCount)
                : Rounded(values.Normal() * matrix.GroupScales[i], format.GroupScale);
        }

        for (int i = 0; i < matrix.RowScales.Length; i++) matrix.RowScales[i] = Rounded(values.Scale(), format.OutputScale!.Value);
        if (matrix.Statistics is { } level) SecondLevelSource.Draw(format, level, values);
        if (format.Outliers is not null) matrix.Outliers = OutlierSource.Draw(matrix, values);
        if (format.Kind == CodeKind.Additive) matrix.Codebooks = Codebooks(format, values);
        if (format.Rotation != Rotation.None)
        {
            sbyte[] signs = new sbyte[columns];
            for (int i = 0; i < columns; i++) signs[i] = values.Sign();
            matrix.Transform = new InputTransform(signs);
        }

        return matrix;
    }

    private static CodebookSet Codebooks(FormatDescriptor format, ValueSource values)
    {
        float[] elements = new float[format.CodebookCount * format.CodeCount * format.Dimension];
        float[] scales = new float[format.CodebookCount];

        // Codewords are normal under every distribution: a codebook is fitted to its weights, and one outlier codeword a table would
        // be a property of the fit, not of the inputs. Every codebook refines the ones before it, as in a residual quantizer.
        for (int m = 0; m < scales.Length; m++)
        {
            double size = Math.Pow(0.55, m);
            scales[m] = format.Codeword == ScalarType.Int8 ? (float)(size / Int8Unit) : 1;
            for (int i = 0; i < format.CodeCount * format.Dimension; i++)
            {
                double value = values.Normal();
                elements[(m * format.CodeCount * format.Dimension) + i] = format.Codeword == ScalarType.Int8
                    ? (float)Math.Clamp(Math.Round(value * Int8Unit), -127, 127)
                    : Rounded(value * size, format.Codeword);
            }
        }

        return new CodebookSet(format.CodebookCount, format.CodeCount, format.Dimension, elements, scales);
    }

    /// <summary>The nearest number that a stored type represents.</summary>
    /// <param name="value">Any value in its range.</param>
    /// <param name="type">The type.</param>
    public static float Rounded(double value, ScalarType type) => type switch
    {
        ScalarType.Float16 => (float)(Half)value,
        ScalarType.BFloat16 => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits((float)value) & 0xFFFF0000),
        ScalarType.Exponent8 => (float)Math.Pow(2, Math.Clamp(Math.Round(Math.Log2(Math.Abs(value))), -127, 127)),
        _ => (float)value,
    };
}
