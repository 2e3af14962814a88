using Dropwise;

namespace Outside;

/// <summary>Random matrices of any declared format, and what they mean, in float64 and straight from the format's formula.</summary>
internal static class Oracle
{
    /// <summary>A matrix with random codes, scales, zeros, codebooks and signs.</summary>
    public static CanonicalMatrix Random(FormatDescriptor format, int rows, int columns, Random random)
    {
        var matrix = new CanonicalMatrix(format, rows, columns);
        foreach (ushort[] plane in matrix.Codes)
        {
            for (int i = 0; i < plane.Length; i++) plane[i] = (ushort)random.Next(format.CodeCount);
        }

        // Eight significant bits are exact in every type of scale.
        for (int i = 0; i < matrix.GroupScales.Length; i++) matrix.GroupScales[i] = random.Next(100, 200) / 8192f;
        for (int i = 0; i < matrix.GroupZeros.Length; i++)
            matrix.GroupZeros[i] = format.Zero == ZeroPoint.Rescale ? -random.Next(100, 200) / 128f : random.Next(format.CodeCount);
        for (int i = 0; i < matrix.RowScales.Length; i++) matrix.RowScales[i] = random.Next(64, 192) / 128f;
        if (format.Kind == CodeKind.Additive)
        {
            float[] values = [.. Enumerable.Range(0, format.CodebookCount * format.CodeCount * format.Dimension).Select(_ => (float)random.Next(-127, 128))];
            float[] scales = [.. Enumerable.Range(0, format.CodebookCount).Select(m => format.Codeword == ScalarType.Int8 ? 0.01f / (1 << m) : 1)];
            matrix.Codebooks = new CodebookSet(format.CodebookCount, format.CodeCount, format.Dimension, values, scales);
        }

        if (format.Rotation != Rotation.None)
            matrix.Transform = new InputTransform([.. Enumerable.Range(0, columns).Select(_ => (sbyte)(random.Next(2) == 0 ? -1 : 1))]);
        return matrix;
    }

    /// <summary>The value of one code's weight at a level, before a rotation is undone.</summary>
    public static double Weight(CanonicalMatrix matrix, int level, int row, int column)
    {
        FormatDescriptor format = matrix.Format;
        int codesInRow = matrix.Columns / format.Dimension;
        double scale = format.OutputScale is null ? 1 : matrix.RowScales[row];
        if (format.Kind == CodeKind.Additive)
        {
            double sum = 0;
            for (int m = 0; m < format.CodebooksAt(level); m++)
            {
                int code = matrix.Codes[m][(row * codesInRow) + (column / format.Dimension)];
                sum += (double)matrix.Codebooks!.Scales[m] * matrix.Codebooks.Codeword(m, code)[column % format.Dimension];
            }

            return scale * sum;
        }

        int index = matrix.Codes[0][(row * matrix.Columns) + column];
        double value = format.Kind == CodeKind.Lookup ? format.LookupValues[index] : index + format.MinimumCode;
        if (format.GroupSize == 0) return scale * value;
        int group = (row * format.GroupsOf(matrix.Columns)) + (column / format.GroupSize);
        double groupScale = matrix.GroupScales[group];
        return scale * format.Zero switch
        {
            ZeroPoint.Original => groupScale * (value - matrix.GroupZeros[group]),
            ZeroPoint.Rescale => (groupScale * value) + matrix.GroupZeros[group],
            _ => groupScale * value,
        };
    }

    /// <summary>V·x of a block-Hadamard rotation, by its definition; x itself where there is none.</summary>
    public static double[] Rotated(InputTransform? transform, ReadOnlySpan<float> x)
    {
        var result = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            if (transform is null)
            {
                result[i] = x[i];
                continue;
            }

            int size = transform.BlockSize;
            int start = i / size * size;
            for (int j = 0; j < size; j++)
            {
                // The sign of a Hadamard matrix's entry is the parity of the bits that both indices share.
                int sign = (int.PopCount((i - start) & j) & 1) == 0 ? 1 : -1;
                result[i] += sign * transform.Signs[start + j] * (double)x[start + j] / Math.Sqrt(size);
            }
        }

        return result;
    }
}
