namespace Dropwise.Quantization.Rounding;

/// <summary>
/// Round to nearest for codes whose scales and zeros are quantized themselves: outliers are set aside, each group gets the scale and the
/// centre of the smallest squared error, rows that share statistics get theirs quantized, and each weight the nearest code. Needs no data.
/// </summary>
public sealed class SecondLevelQuantizer : IMatrixQuantizer
{
    /// <summary>The most weights that become outliers, where the format has any: the share that SpQR's figures are for.</summary>
    public const double OutlierShare = 0.01;

    // A group whose scale is far below its neighbours' would be quantized to nothing, and could not place its zero either.
    private const float SmallestScale = 1f / 16;

    private readonly OffsetFitter _fitter;
    private readonly SecondLevelDescriptor _level;

    /// <summary>Prepares to quantize to a format.</summary>
    /// <param name="format">A format with a second level.</param>
    /// <exception cref="QuantizationException">The format has no second level.</exception>
    public SecondLevelQuantizer(FormatDescriptor format)
    {
        _level = format.SecondLevel ?? throw new QuantizationException($"{format.Name}: the format has no second level of scales");
        Format = format;

        // Scale and offset are numbers on the way to quantized ones: they are not stored.
        _fitter = new OffsetFitter(format.MinimumCode, format.MaximumCode, ScalarType.Float32);
    }

    /// <inheritdoc/>
    public FormatDescriptor Format { get; }

    /// <inheritdoc/>
    public CanonicalMatrix Quantize(FloatMatrix weights, QuantizationRun run)
    {
        weights.RequireFinite();
        var result = new CanonicalMatrix(Format, weights.Rows, weights.Columns);
        OutlierChoice? choice = Format.Outliers is null ? null : new OutlierChoice(weights, Format.GroupSize, OutlierShare, run);
        var found = new List<Outlier>[_level.RowGroupsOf(weights.Rows)];
        int done = 0;
        run.ForPieces(weights.Rows, _level.GroupRows, (start, end) =>
        {
            var work = new RowGroup(this, weights, result, choice, start, end);
            for (int group = 0; group < result.Statistics!.Groups; group++) work.Quantize(group);
            found[start / _level.GroupRows] = work.Outliers;
            run.Report(Interlocked.Add(ref done, end - start) / (double)weights.Rows);
        });
        result.Outliers = OutlierOrder.Of(found);
        return result;
    }

    /// <summary>The rows that share statistics, worked on by one thread.</summary>
    private sealed class RowGroup(SecondLevelQuantizer owner, FloatMatrix weights, CanonicalMatrix result, OutlierChoice? choice, int start, int end)
    {
        private readonly WeightGroup _group = new(owner.Format.GroupSize);
        private readonly float[] _kept = new float[owner.Format.GroupSize];
        private readonly bool[] _isOutlier = new bool[(end - start) * owner.Format.GroupSize];
        private readonly float[] _scales = new float[end - start];
        private readonly float[] _centres = new float[end - start];

        /// <summary>Weights that were set aside.</summary>
        public List<Outlier> Outliers { get; } = [];

        /// <summary>Quantizes one group of inputs of all rows.</summary>
        /// <param name="group">The group.</param>
        public void Quantize(int group)
        {
            int first = group * owner.Format.GroupSize;
            int length = Math.Min(owner.Format.GroupSize, weights.Columns - first);
            for (int i = 0; i < _scales.Length; i++) Fit(i, first, length);
            float floor = _scales.Max() * SmallestScale;
            for (int i = 0; i < _scales.Length; i++) _scales[i] = Math.Max(_scales[i], floor);

            SecondLevelStatistics level = result.Statistics!;
            long at = level.StatIndex(start, group);
            int bits = owner._level.ScaleBits;
            (float Step, float Offset) fit = SecondLevelFit.Fit(_scales, bits, owner._level.Stat);
            (level.ScaleSteps[at], level.ScaleOffsets[at]) = fit;
            for (int i = 0; i < _scales.Length; i++)
                _scales[i] = SecondLevelFit.Quantize(_scales[i], bits, fit, out level.ScaleCodes[level.CodeIndex(start + i, group)]);

            // The zero follows the scale that was quantized, so that the middle of the codes stays where the group's is.
            float middle = 0.5f * (owner.Format.MinimumCode + owner.Format.MaximumCode);
            for (int i = 0; i < _scales.Length; i++) _centres[i] = _scales[i] == 0 ? middle : middle - (_centres[i] / _scales[i]);
            bits = owner._level.ZeroBits;
            fit = SecondLevelFit.Fit(_centres, bits, owner._level.Stat);
            (level.ZeroSteps[at], level.ZeroOffsets[at]) = fit;
            for (int i = 0; i < _scales.Length; i++)
            {
                float zero = SecondLevelFit.Quantize(_centres[i], bits, fit, out level.ZeroCodes[level.CodeIndex(start + i, group)]);
                Encode(i, first, length, _scales[i], zero);
            }
        }

        // Scale and centre of one row's weights that are not outliers.
        private void Fit(int i, int first, int length)
        {
            Span<bool> outliers = _isOutlier.AsSpan(i * owner.Format.GroupSize, length);
            outliers.Clear();
            choice?.Mark(start + i, first, outliers);
            ReadOnlySpan<float> row = weights.Row(start + i).Slice(first, length);
            int count = 0;
            for (int k = 0; k < length; k++)
            {
                if (!outliers[k]) _kept[count++] = row[k];
            }

            _group.Load(_kept.AsSpan(0, count));
            GroupFit fit = owner._fitter.Fit(_group);
            float middle = 0.5f * (owner.Format.MinimumCode + owner.Format.MaximumCode);

            // A constant group is one code: the one below the middle, which lies between two.
            _scales[i] = fit.Scale == 0 ? Math.Abs(fit.Zero) : fit.Scale;
            _centres[i] = fit.Zero + (fit.Scale == 0 ? 0.5f * _scales[i] : fit.Scale * middle);
        }

        private void Encode(int i, int first, int length, float scale, float zero)
        {
            int row = start + i;
            ReadOnlySpan<float> source = weights.Row(row).Slice(first, length);
            Span<ushort> codes = result.Codes[0].AsSpan((row * weights.Columns) + first, length);
            float inverse = scale == 0 ? 0 : 1 / scale;
            for (int k = 0; k < length; k++)
            {
                if (_isOutlier[(i * owner.Format.GroupSize) + k])
                {
                    codes[k] = 0;
                    Outliers.Add(new Outlier(row, first + k, ScalarRounding.Round(owner.Format.Outliers!.Value, source[k])));
                    continue;
                }

                float code = Math.Clamp(MathF.Round((source[k] * inverse) + zero), owner.Format.MinimumCode, owner.Format.MaximumCode);
                codes[k] = (ushort)((int)code - owner.Format.MinimumCode);
            }
        }
    }
}
