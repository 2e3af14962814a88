namespace Dropwise.Quantization.Rounding;

/// <summary>
/// Round to nearest for blocks whose groups have quantized scales and offsets: each group gets the scale (and offset) of the smallest squared error,
/// the block gets the steps that bring the largest of them to the end of their codes, and each weight the nearest code. Needs no data.
/// </summary>
public sealed class BlockQuantizer : IMatrixQuantizer
{
    // A row of a large matrix takes microseconds; this many make a piece worth handing to another thread.
    private const int RowsPerPiece = 16;

    private readonly GroupFitter _fitter;
    private readonly SecondLevelDescriptor _level;
    private readonly BlockDescriptor _block;
    private readonly int _scaleZero;

    /// <summary>Prepares to quantize to a format.</summary>
    /// <param name="format">A format with blocks and a second level.</param>
    /// <exception cref="QuantizationException">The format has no blocks, or no second level.</exception>
    public BlockQuantizer(FormatDescriptor format)
    {
        _block = format.Block ?? throw new QuantizationException($"{format.Name}: the format has no blocks");
        _level = format.SecondLevel ?? throw new QuantizationException($"{format.Name}: the format has no second level of scales");
        _scaleZero = _block.SignedScales ? 1 << (_level.ScaleBits - 1) : 0;
        Format = format;

        // Scale and offset are numbers on the way to quantized ones: they are not stored.
        _fitter = GroupFitter.For(format with { GroupScale = ScalarType.Float32 });
    }

    /// <inheritdoc/>
    public FormatDescriptor Format { get; }

    /// <inheritdoc/>
    public CanonicalMatrix Quantize(FloatMatrix weights, QuantizationRun run)
    {
        weights.RequireFinite();
        if (weights.Columns % _block.Inputs != 0)
            throw new QuantizationException($"{Format.Name} has blocks of {_block.Inputs} inputs, which do not divide {weights.Columns}");
        var result = new CanonicalMatrix(Format, weights.Rows, weights.Columns);
        int done = 0;
        run.ForPieces(weights.Rows, RowsPerPiece, (start, end) =>
        {
            WeightGroup[] groups = [.. Enumerable.Range(0, _block.Inputs / Format.GroupSize).Select(_ => new WeightGroup(Format.GroupSize))];
            for (int row = start; row < end; row++)
            {
                for (int first = 0; first < weights.Columns; first += _block.Inputs) QuantizeBlock(weights.Row(row), row, first, groups, result);
            }

            run.Report(Interlocked.Add(ref done, end - start) / (double)weights.Rows);
        });
        return result;
    }

    private void QuantizeBlock(ReadOnlySpan<float> row, int rowIndex, int first, WeightGroup[] groups, CanonicalMatrix result)
    {
        SecondLevelStatistics level = result.Statistics!;
        Span<GroupFit> fits = stackalloc GroupFit[groups.Length];
        for (int g = 0; g < groups.Length; g++)
        {
            groups[g].Load(row.Slice(first + (g * Format.GroupSize), Format.GroupSize));
            fits[g] = _fitter.Fit(groups[g]);
        }

        int group = first / Format.GroupSize;
        long at = level.StatIndex(rowIndex, group);
        float scaleStep = ScaleStep(fits);
        float offsetStep = level.ZeroSteps.Length == 0 ? 0 : OffsetStep(fits);
        level.ScaleSteps[at] = scaleStep;
        if (level.ZeroSteps.Length != 0) level.ZeroSteps[at] = offsetStep;
        for (int g = 0; g < groups.Length; g++)
        {
            long index = level.CodeIndex(rowIndex, group + g);
            level.ScaleCodes[index] = Code(fits[g].Scale, scaleStep, _scaleZero, _level.ScaleBits);
            if (level.ZeroCodes.Length != 0) level.ZeroCodes[index] = Code(-fits[g].Zero, offsetStep, 0, _level.ZeroBits);

            // The codes are chosen for the scale and the offset that a reader will see.
            float scale = scaleStep * (level.ScaleCodes[index] - _scaleZero);
            float offset = level.ZeroCodes.Length == 0 ? 0 : -offsetStep * level.ZeroCodes[index];
            Span<ushort> codes = result.Codes[0].AsSpan((rowIndex * result.Columns) + first + (g * Format.GroupSize), Format.GroupSize);
            _fitter.Encode(groups[g], new GroupFit(scale, offset, 0), codes);
        }
    }

    // Signed codes reach one further below zero: the scale of the largest magnitude goes there, whatever its sign.
    private float ScaleStep(ReadOnlySpan<GroupFit> fits)
    {
        float largest = 0;
        foreach (GroupFit fit in fits)
        {
            if (Math.Abs(fit.Scale) > Math.Abs(largest)) largest = fit.Scale;
        }

        int end = _block.SignedScales ? -_scaleZero : (1 << _level.ScaleBits) - 1;
        return ScalarRounding.Round(_level.Stat, largest / end);
    }

    private float OffsetStep(ReadOnlySpan<GroupFit> fits)
    {
        float largest = 0;
        foreach (GroupFit fit in fits) largest = Math.Max(largest, -fit.Zero);
        return ScalarRounding.Round(_level.Stat, largest / ((1 << _level.ZeroBits) - 1));
    }

    private static byte Code(float value, float step, int zero, int bits) =>
        step == 0 ? (byte)zero : (byte)Math.Clamp((int)MathF.Round(value / step) + zero, 0, (1 << bits) - 1);
}
