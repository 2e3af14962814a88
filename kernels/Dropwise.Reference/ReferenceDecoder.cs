namespace Dropwise.Reference;

/// <summary>The weights that codes stand for, in float64 and straight from the definition of each kind of code.</summary>
public static class ReferenceDecoder
{
    /// <summary>Decodes a whole matrix. Behind a rotation the result is W·Vᵀ, as the codes are.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="level">The level, from 1.</param>
    /// <returns>Weights [N, K] row-major.</returns>
    /// <exception cref="ArgumentException">An additive matrix has no codebooks.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The level is not served.</exception>
    public static double[] Decode(CanonicalMatrix matrix, int level)
    {
        int codebooks = matrix.Format.CodebooksAt(level);
        if (matrix.Format.Kind == CodeKind.Additive && matrix.Codebooks is null)
            throw new ArgumentException($"a matrix of {matrix.Format.Name} without codebooks cannot be decoded", nameof(matrix));
        double[] weights = new double[(long)matrix.Rows * matrix.Columns];
        for (int row = 0; row < matrix.Rows; row++)
        {
            for (int column = 0; column < matrix.Columns; column++)
            {
                double value = matrix.Format.Kind switch
                {
                    CodeKind.Uniform => Uniform(matrix, row, column),
                    CodeKind.Lookup => Lookup(matrix, row, column),
                    _ => Additive(matrix, codebooks, row, column),
                };
                double rowScale = matrix.RowScales.Length == 0 ? 1 : matrix.RowScales[row];
                weights[((long)row * matrix.Columns) + column] = rowScale * value;
            }
        }

        // An outlier is the weight, whatever the code under it stands for.
        foreach (Outlier outlier in matrix.Outliers) weights[((long)outlier.Row * matrix.Columns) + outlier.Column] = outlier.Value;
        return weights;
    }

    // ŵ = s (q − z), or s q + o; a canonical code is q − minimum.
    private static double Uniform(CanonicalMatrix matrix, int row, int column)
    {
        FormatDescriptor format = matrix.Format;
        double code = matrix.Codes[0][((long)row * matrix.Columns) + column] + format.MinimumCode;
        if (format.GroupSize == 0) return code;
        if (matrix.Statistics is { } level) return Scaled(format, level, row, column / format.GroupSize, code);
        long group = ((long)row * format.GroupsOf(matrix.Columns)) + (column / format.GroupSize);
        double scale = matrix.GroupScales[group];
        return format.Zero switch
        {
            ZeroPoint.Original => scale * (code - matrix.GroupZeros[group]),
            ZeroPoint.Rescale => (scale * code) + matrix.GroupZeros[group],
            _ => scale * code,
        };
    }

    // ŵ = s v + o in a block, s = S (s_q − Z) with a declared Z, o = −O o_q.
    private static double Scaled(FormatDescriptor format, SecondLevelStatistics level, int row, int group, double value)
    {
        if (format.Block is null) return SecondLevel(level, row, group, value);
        long codes = level.CodeIndex(row, group);
        long steps = level.StatIndex(row, group);
        double scale = level.ScaleSteps[steps] * ((double)level.ScaleCodes[codes] - level.ScaleOffsets[steps]);
        double offset = format.Zero == ZeroPoint.None ? 0 : -level.ZeroSteps[steps] * (double)level.ZeroCodes[codes];
        return (scale * value) + offset;
    }

    // ŵ = s (q − z), s = S_s (s_q − Z_s), z = S_z (z_q − Z_z).
    private static double SecondLevel(SecondLevelStatistics level, int row, int group, double code)
    {
        long codes = level.CodeIndex(row, group);
        long statistics = level.StatIndex(row, group);
        double scale = level.ScaleSteps[statistics] * ((double)level.ScaleCodes[codes] - level.ScaleOffsets[statistics]);
        double zero = level.ZeroSteps[statistics] * ((double)level.ZeroCodes[codes] - level.ZeroOffsets[statistics]);
        return scale * (code - zero);
    }

    // ŵ = s Values[q].
    private static double Lookup(CanonicalMatrix matrix, int row, int column)
    {
        FormatDescriptor format = matrix.Format;
        double value = format.LookupValues[matrix.Codes[0][((long)row * matrix.Columns) + column]];
        if (matrix.Statistics is { } level) return Scaled(format, level, row, column / format.GroupSize, value);
        return format.GroupSize == 0
            ? value
            : value * matrix.GroupScales[((long)row * format.GroupsOf(matrix.Columns)) + (column / format.GroupSize)];
    }

    // ŵ[0..d) = Σ_m c_m C_m[code_m].
    private static double Additive(CanonicalMatrix matrix, int codebooks, int row, int column)
    {
        CodebookSet set = matrix.Codebooks!;
        int dimension = matrix.Format.Dimension;
        long run = ((long)row * (matrix.Columns / dimension)) + (column / dimension);
        double sum = 0;
        for (int m = 0; m < codebooks; m++)
            sum += (double)set.Scales[m] * set.Codeword(m, matrix.Codes[m][run])[column % dimension];
        return sum;
    }
}
