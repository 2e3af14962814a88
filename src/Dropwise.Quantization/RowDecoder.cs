namespace Dropwise.Quantization;

/// <summary>
/// Decodes rows of a canonical matrix to float32, fast enough to measure the error of a whole model. Conformance holds kernels against
/// the float64 oracle, not against this; a test holds this against the oracle too.
/// </summary>
/// <param name="matrix">The matrix.</param>
/// <param name="level">1 to the format's levels.</param>
public sealed class RowDecoder(CanonicalMatrix matrix, int level)
{
    private readonly int _codebooks = matrix.Format.CodebooksAt(level);
    private readonly float[] _values = CodeValues(matrix.Format);

    /// <summary>Writes one row Ŵ[row, ·], behind the format's rotation where it has one.</summary>
    /// <param name="row">0 to N − 1.</param>
    /// <param name="destination">Receives K values.</param>
    public void Decode(int row, Span<float> destination)
    {
        if (matrix.Format.Kind == CodeKind.Additive) DecodeCodewords(row, destination);
        else if (matrix.Statistics is { } level) DecodeSecondLevel(level, row, destination);
        else DecodeCodes(row, destination);
        foreach (Outlier outlier in OutliersOf(row)) destination[outlier.Column] = outlier.Value;
        if (matrix.RowScales.Length == 0) return;
        float scale = matrix.RowScales[row];
        foreach (ref float value in destination) value *= scale;
    }

    // Outliers ascend by row: those of one row lie between two searches.
    private ReadOnlySpan<Outlier> OutliersOf(int row)
    {
        int first = FirstFrom(row);
        return matrix.Outliers.AsSpan(first, FirstFrom(row + 1) - first);
    }

    private int FirstFrom(int row)
    {
        int low = 0;
        int high = matrix.Outliers.Length;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (matrix.Outliers[middle].Row < row) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>What each code stands for before scales, where codes are not additive; otherwise empty.</summary>
    /// <param name="format">The format.</param>
    internal static float[] CodeValues(FormatDescriptor format) => format.Kind switch
    {
        CodeKind.Uniform => [.. Enumerable.Range(format.MinimumCode, format.CodeCount).Select(q => (float)q)],
        CodeKind.Lookup => [.. format.LookupValues],
        _ => [],
    };

    private void DecodeCodes(int row, Span<float> destination)
    {
        FormatDescriptor format = matrix.Format;
        ReadOnlySpan<ushort> codes = matrix.Codes[0].AsSpan(row * matrix.Columns, matrix.Columns);
        if (format.GroupSize == 0)
        {
            for (int k = 0; k < codes.Length; k++) destination[k] = _values[codes[k]];
            return;
        }

        int groups = format.GroupsOf(matrix.Columns);
        for (int g = 0; g < groups; g++) DecodeGroup(codes, row, g, destination);
    }

    private void DecodeGroup(ReadOnlySpan<ushort> codes, int row, int group, Span<float> destination)
    {
        (float scale, float shift, float offset) = GroupOf(row, group);
        int size = matrix.Format.GroupSize, end = Math.Min((group + 1) * size, matrix.Columns);
        for (int k = group * size; k < end; k++) destination[k] = (scale * (_values[codes[k]] - shift)) + offset;
    }

    /// <summary>What a group makes of values of codes, of uniform and lookup codes: scale · (value − shift) + offset.</summary>
    /// <param name="row">0 to N − 1.</param>
    /// <param name="group">The group of inputs.</param>
    internal (float Scale, float Shift, float Offset) GroupOf(int row, int group)
    {
        FormatDescriptor format = matrix.Format;
        if (matrix.Statistics is { } level)
        {
            long code = level.CodeIndex(row, group), at = level.StatIndex(row, group);
            float step = level.ScaleSteps[at] * (level.ScaleCodes[code] - level.ScaleOffsets[at]);
            float second = level.ZeroCodes.Length != 0 ? level.ZeroSteps[at] * (level.ZeroCodes[code] - level.ZeroOffsets[at]) : 0;

            // A block's offset follows the scale; otherwise the zero comes before it.
            return format.Block is null ? (step, second, 0f) : (step, 0f, -second);
        }

        if (format.GroupSize == 0) return (1, 0, 0);
        int index = (row * format.GroupsOf(matrix.Columns)) + group;
        float zero = format.Zero == ZeroPoint.None ? 0 : matrix.GroupZeros[index];
        return format.Zero == ZeroPoint.Rescale ? (matrix.GroupScales[index], 0f, zero) : (matrix.GroupScales[index], zero, 0f);
    }

    private void DecodeSecondLevel(SecondLevelStatistics level, int row, Span<float> destination)
    {
        ReadOnlySpan<ushort> codes = matrix.Codes[0].AsSpan(row * matrix.Columns, matrix.Columns);
        for (int g = 0; g < level.Groups; g++) DecodeGroup(codes, row, g, destination);
    }

    private void DecodeCodewords(int row, Span<float> destination)
    {
        CodebookSet books = matrix.Codebooks ?? throw new InvalidOperationException("an additive matrix has codebooks");
        int dimension = books.Dimension;
        int runs = matrix.Columns / dimension;
        destination.Clear();
        for (int m = 0; m < _codebooks; m++)
        {
            float scale = books.Scales[m];
            ReadOnlySpan<ushort> codes = matrix.Codes[m].AsSpan(row * runs, runs);
            for (int j = 0; j < runs; j++)
            {
                ReadOnlySpan<float> codeword = books.Codeword(m, codes[j]);
                Span<float> run = destination.Slice(j * dimension, dimension);
                for (int i = 0; i < run.Length; i++) run[i] += scale * codeword[i];
            }
        }
    }
}
