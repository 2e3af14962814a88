using System.Collections.Immutable;
using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Feedback;

/// <summary>
/// GPTQ (arXiv 2210.17323) for uniform and lookup codes with one level of scales. Where the paper takes the scale of plain rounding, a group's scale is the best
/// of many after feedback; and when all is settled, scales and codes are chosen again by coordinate descent on the exact error.
/// </summary>
public sealed class GptqQuantizer : ICalibratedQuantizer
{
    // Rows that share the products behind a block; H passes through a cache once for them.
    private const int RowsPerPiece = 32;

    private readonly GptqOptions _options;
    private readonly ScalarCodes _codes;

    /// <summary>Prepares to quantize to a format.</summary>
    /// <param name="format">A format of uniform or lookup codes with scales of groups or of rows.</param>
    /// <param name="options">Damping, order, sweeps.</param>
    /// <exception cref="QuantizationException">The format has other codes or zeros, or not exactly one kind of scale.</exception>
    public GptqQuantizer(FormatDescriptor format, GptqOptions options)
    {
        if (!Fits(format)) throw new QuantizationException($"{format.Name}: GPTQ needs uniform or lookup codes with scales of groups or of rows, one of the two");
        Format = format;
        _options = options;
        _codes = ScalarCodes.For(format);
    }

    /// <inheritdoc/>
    public FormatDescriptor Format { get; }

    /// <summary>Whether a format is one that this quantizes to.</summary>
    /// <param name="format">A format.</param>
    public static bool Fits(FormatDescriptor format) =>
        format.Kind is CodeKind.Uniform or CodeKind.Lookup && format.SecondLevel is null && format.GroupSize == 0 != format.OutputScale is null
        && (format.GroupSize != 0 || format.Zero == ZeroPoint.None);

    /// <inheritdoc/>
    public CanonicalMatrix Quantize(ImmutableArray<LevelTarget> targets, QuantizationRun run)
    {
        (FloatMatrix weights, InputMoments moments) = targets.Single();
        weights.RequireFinite();
        if (moments.Columns != weights.Columns)
            throw new QuantizationException($"the moments are of {moments.Columns} inputs, and the weights have {weights.Columns}");
        if (weights.Columns % Format.InputUnit != 0)
            throw new QuantizationException($"{Format.Name} has blocks of {Format.InputUnit} inputs, which do not divide {weights.Columns}");
        int groupSize = Format.GroupSize == 0 ? weights.Columns : Format.GroupSize;
        InputOrder order = _options.OrderByEnergy ? InputOrder.ByEnergy(moments, groupSize) : InputOrder.Natural(weights.Columns, groupSize);
        var factor = new FeedbackFactor(moments, order, _options.Damping, run);
        var feedback = new GptqPass(factor, _codes);
        var exchange = new ExchangePass(factor);
        var revision = new OwnScaleRevision(_codes);
        var result = new CanonicalMatrix(Format, weights.Rows, weights.Columns);
        int done = 0;
        run.ForPieces(weights.Rows, RowsPerPiece, (start, end) =>
        {
            var rows = new SettledRows(weights, start, end - start, order);
            feedback.Run(rows, run.Cancellation);
            exchange.Run(rows, revision, _options.Sweeps, run.Cancellation);
            Write(rows, start, order, result);
            run.Report(Interlocked.Add(ref done, end - start) / (double)weights.Rows);
        });
        return result;
    }

    private void Write(SettledRows rows, int start, InputOrder order, CanonicalMatrix result)
    {
        int groups = order.Groups.Length;
        float[] scales = Format.GroupSize == 0 ? result.RowScales : result.GroupScales;
        for (int row = 0; row < rows.Count; row++)
        {
            Span<ushort> codes = result.Codes[0].AsSpan((start + row) * rows.Columns, rows.Columns);
            for (int place = 0; place < rows.Columns; place++) codes[order.Inputs[place]] = _codes.Code(rows.Points[(row * rows.Columns) + place]);
            for (int group = 0; group < groups; group++)
            {
                GroupChoice choice = rows.Choices[(row * groups) + group];
                scales[((start + row) * groups) + group] = choice.Scale;
                if (Format.Zero != ZeroPoint.None) result.GroupZeros[((start + row) * groups) + group] = choice.Zero;
            }
        }
    }
}
