using System.Collections.Immutable;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.Rounding;

namespace Dropwise.Quantization.Feedback;

/// <summary>
/// SpQR (arXiv 2306.03078): uniform codes whose scales and zeros are quantized themselves, error feedback, and outliers in high precision. A weight becomes an
/// outlier where the error that this spares, its own or its group's, is above a price; the price is given, or follows from the bits that a matrix may take.
/// </summary>
public sealed class SpqrQuantizer : ICalibratedQuantizer
{
    // Rows that share the products behind a block, if as many share statistics or fewer.
    private const int RowsPerPiece = 32;

    // Prices are tried on a sample of the rows: its share of outliers is that of the matrix within a few parts in a hundred, which a correction removes.
    private const int SampleRows = 128;

    private readonly SpqrOptions _options;
    private readonly ScalarCodes _codes;
    private readonly int _pieceRows;

    /// <summary>Prepares to quantize to a format.</summary>
    /// <param name="format">A format of uniform codes with a second level of scales and zeros, not in blocks of somebody else's.</param>
    /// <param name="options">Damping, order, sweeps, bits or threshold.</param>
    /// <exception cref="QuantizationException">The format is another.</exception>
    public SpqrQuantizer(FormatDescriptor format, SpqrOptions options)
    {
        if (!Fits(format) || format.SecondLevel is not { } level)
            throw new QuantizationException($"{format.Name}: SpQR needs uniform codes whose scales and zeros are quantized themselves");
        Format = format;
        _options = options;
        _pieceRows = level.GroupRows * Math.Max(1, RowsPerPiece / level.GroupRows);

        // The zero is inside of the offset of a choice; what it is made of is quantized apart.
        _codes = ScalarCodes.For(format with { Zero = ZeroPoint.None });
    }

    /// <inheritdoc/>
    public FormatDescriptor Format { get; }

    /// <summary>Whether a format is one that this quantizes to.</summary>
    /// <param name="format">A format.</param>
    public static bool Fits(FormatDescriptor format) => format is { Kind: CodeKind.Uniform, SecondLevel.ZeroBits: > 0, Block: null };

    /// <inheritdoc/>
    public CanonicalMatrix Quantize(ImmutableArray<LevelTarget> targets, QuantizationRun run)
    {
        (FloatMatrix weights, InputMoments moments) = targets.Single();
        weights.RequireFinite();
        if (moments.Columns != weights.Columns)
            throw new QuantizationException($"the moments are of {moments.Columns} inputs, and the weights have {weights.Columns}");
        InputOrder order = _options.OrderByEnergy ? InputOrder.ByEnergy(moments, Format.GroupSize) : InputOrder.Natural(weights.Columns, Format.GroupSize);
        var factor = new FeedbackFactor(moments, order, _options.Damping, run);
        if (Format.Outliers is null) return Feedback(weights, factor, float.PositiveInfinity, _options.Sweeps, run);
        double mean = MeanLoss(weights, factor);
        if (_options is { Bits: null, Threshold: { } threshold }) return Feedback(weights, factor, (float)(threshold * mean), _options.Sweeps, run);
        long allowed = _options.Bits is { } bits
            ? OutlierBudget.Allowed(Format, weights.Rows, weights.Columns, bits)
            : (long)(SecondLevelQuantizer.OutlierShare * weights.Rows * weights.Columns);
        return WithOutliers(weights, factor, mean, allowed, run);
    }

    private CanonicalMatrix WithOutliers(FloatMatrix weights, FeedbackFactor factor, double mean, long allowed, QuantizationRun run)
    {
        if (allowed == 0) return Feedback(weights, factor, float.PositiveInfinity, _options.Sweeps, run);
        FloatMatrix sample = Sample(weights);
        double part = (double)sample.Rows / weights.Rows;
        var silent = new QuantizationRun(run.Workers, run.Cancellation);
        var budget = new OutlierBudget(allowed * part, price => Feedback(sample, factor, (float)(price * mean), 0, silent).Outliers.Length);
        float chosen = (float)(budget.Find() * mean);
        CanonicalMatrix result = Feedback(weights, factor, chosen, _options.Sweeps, run);
        while (result.Outliers.Length > allowed)
        {
            // The number of outliers falls about as the price rises; the rest is for what the sample does not know.
            chosen *= 1.01f * result.Outliers.Length / allowed;
            result = Feedback(weights, factor, chosen, _options.Sweeps, run);
        }

        return result;
    }

    private CanonicalMatrix Feedback(FloatMatrix weights, FeedbackFactor factor, float price, int sweeps, QuantizationRun run)
    {
        var result = new CanonicalMatrix(Format, weights.Rows, weights.Columns);
        var exchange = new ExchangePass(factor, _codes, fixedScales: true);
        var found = new List<Outlier>[(weights.Rows + _pieceRows - 1) / _pieceRows];
        int done = 0;
        run.ForPieces(weights.Rows, _pieceRows, (start, end) =>
        {
            var rows = new SettledRows(weights, start, end - start, factor.Order);
            new SpqrPass(factor, _codes, Format, price, result.Statistics!, start).Run(rows, run.Cancellation);
            exchange.Run(rows, sweeps, run.Cancellation);
            found[start / _pieceRows] = Write(rows, start, factor.Order, result);
            run.Report(Interlocked.Add(ref done, end - start) / (double)weights.Rows);
        });
        result.Outliers = OutlierOrder.Of(found);
        return result;
    }

    private List<Outlier> Write(SettledRows rows, int start, InputOrder order, CanonicalMatrix result)
    {
        var outliers = new List<Outlier>();
        for (int row = 0; row < rows.Count; row++)
        {
            Span<ushort> codes = result.Codes[0].AsSpan((start + row) * rows.Columns, rows.Columns);
            for (int place = 0; place < rows.Columns; place++)
            {
                int at = (row * rows.Columns) + place;
                if (rows.IsOutlier[at]) outliers.Add(new Outlier(start + row, order.Inputs[place], rows.Points[at]));
                else codes[order.Inputs[place]] = _codes.Code(rows.Points[at]);
            }
        }

        return outliers;
    }

    // Whole runs of rows that share statistics, from all over the matrix.
    private FloatMatrix Sample(FloatMatrix weights)
    {
        int shared = Format.SecondLevel!.GroupRows;
        int groups = weights.Rows / shared;
        int taken = SampleRows / shared;
        if (groups <= taken || taken == 0) return weights;
        var values = new float[taken * shared * weights.Columns];
        for (int i = 0; i < taken; i++)
        {
            int first = (int)((long)i * groups / taken) * shared;
            weights.Values.AsSpan(first * weights.Columns, shared * weights.Columns).CopyTo(values.AsSpan(i * shared * weights.Columns));
        }

        return new FloatMatrix(taken * shared, weights.Columns, values);
    }

    // The mean over inputs of their weights' variance by what an error costs there.
    private static double MeanLoss(FloatMatrix weights, FeedbackFactor factor)
    {
        double sum = 0;
        for (int place = 0; place < weights.Columns; place++)
        {
            int input = factor.Order.Inputs[place];
            double squares = 0;
            for (int row = 0; row < weights.Rows; row++) squares += (double)weights.Values[((long)row * weights.Columns) + input] * weights.Values[((long)row * weights.Columns) + input];
            sum += squares / weights.Rows * factor.Costs[place];
        }

        return sum / weights.Columns;
    }
}
