namespace Dropwise.Quantization.Rounding;

/// <summary>
/// Round to nearest for uniform and lookup codes: each group gets the scale (and zero) of the smallest squared error on a grid of clipped
/// ranges, refined by least squares, and each weight the nearest code. Needs no data.
/// </summary>
public sealed class RtnQuantizer : IMatrixQuantizer
{
    // A row of a large matrix takes microseconds; this many make a piece worth handing to another thread.
    private const int RowsPerPiece = 16;

    private readonly GroupFitter _fitter;

    /// <summary>Prepares to quantize to a format.</summary>
    /// <param name="format">A format of uniform or lookup codes with scales of groups or of rows.</param>
    /// <exception cref="QuantizationException">The format has other codes or zeros, or not exactly one kind of scale.</exception>
    public RtnQuantizer(FormatDescriptor format)
    {
        if (format.GroupSize == 0 == format.OutputScale is null)
            throw new QuantizationException($"{format.Name}: rounding needs group scales or row scales, one of the two");
        if (format.GroupSize == 0 && format.Zero != ZeroPoint.None)
            throw new QuantizationException($"{format.Name}: zeros belong to groups, and the format has none");
        Format = format;
        _fitter = GroupFitter.For(format);
    }

    /// <inheritdoc/>
    public FormatDescriptor Format { get; }

    /// <inheritdoc/>
    public CanonicalMatrix Quantize(FloatMatrix weights, QuantizationRun run)
    {
        weights.RequireFinite();
        if (weights.Columns % Format.InputUnit != 0)
            throw new QuantizationException($"{Format.Name} has blocks of {Format.InputUnit} inputs, which do not divide {weights.Columns}");
        var result = new CanonicalMatrix(Format, weights.Rows, weights.Columns);
        int done = 0;
        run.ForPieces(weights.Rows, RowsPerPiece, (start, end) =>
        {
            int groupSize = Format.GroupSize == 0 ? weights.Columns : Format.GroupSize;
            var group = new WeightGroup(Math.Min(groupSize, weights.Columns));
            for (int row = start; row < end; row++) QuantizeRow(weights.Row(row), row, group, groupSize, result);
            run.Report(Interlocked.Add(ref done, end - start) / (double)weights.Rows);
        });
        return result;
    }

    private void QuantizeRow(ReadOnlySpan<float> weights, int row, WeightGroup group, int groupSize, CanonicalMatrix result)
    {
        float[] scales = Format.GroupSize == 0 ? result.RowScales : result.GroupScales;
        int groups = (weights.Length + groupSize - 1) / groupSize;
        Span<ushort> codes = result.Codes[0].AsSpan(row * weights.Length, weights.Length);
        for (int g = 0; g < groups; g++)
        {
            // The last group of a row may be shorter.
            int first = g * groupSize;
            int length = Math.Min(groupSize, weights.Length - first);
            group.Load(weights.Slice(first, length));
            GroupFit fit = _fitter.Fit(group);
            _fitter.Encode(group, fit, codes.Slice(first, length));
            scales[(row * groups) + g] = fit.Scale;
            if (Format.Zero != ZeroPoint.None) result.GroupZeros[(row * groups) + g] = fit.Zero;
        }
    }
}
