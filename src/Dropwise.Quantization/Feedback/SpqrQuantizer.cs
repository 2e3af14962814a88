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

    // Prices are tried on a sample of the rows: its share of outliers is that of the matrix within some parts in a hundred.
    private const int SampleRows = 128;

    // Passes over the whole matrix that find what the sample does not know: outliers become fewer about as the square of the price rises.
    private const int Corrections = 4;

    // Sweeps change the number of outliers by a few in a thousand, and one too many means doing all of it again.
    private const double MostUsed = 0.998;
    private const double Tolerance = 0.01;

    private readonly SpqrOptions _options;
    private readonly ScalarCodes _codes;
    private readonly PairSearch _pairs;
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
        _pairs = new PairSearch(_codes, level);
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
        float price = (float)(budget.Find() * mean);
        for (int pass = 0; pass < Corrections; pass++)
        {
            double used = Feedback(weights, factor, price, 0, silent).Outliers.Length / (double)allowed;
            if (used is > MostUsed - Tolerance and <= MostUsed) break;
            price *= (float)Math.Sqrt(Math.Max(used, Tolerance) / (MostUsed - (0.5 * Tolerance)));
        }

        CanonicalMatrix result = Feedback(weights, factor, price, _options.Sweeps, run);
        while (result.Outliers.Length > allowed)
        {
            price *= MathF.Sqrt(1.01f * result.Outliers.Length / allowed);
            result = Feedback(weights, factor, price, _options.Sweeps, run);
        }

        return result;
    }

    private CanonicalMatrix Feedback(FloatMatrix weights, FeedbackFactor factor, float price, int sweeps, QuantizationRun run)
    {
        var result = new CanonicalMatrix(Format, weights.Rows, weights.Columns);
        var exchange = new ExchangePass(factor);
        GroupFactor[] factors = sweeps == 0 ? [] : GroupFactor.Of(factor, run);
        var found = new List<Outlier>[(weights.Rows + _pieceRows - 1) / _pieceRows];
        int done = 0;
        run.ForPieces(weights.Rows, _pieceRows, (start, end) =>
        {
            var rows = new SettledRows(weights, start, end - start, factor.Order);
            new SpqrPass(factor, _pairs, Format, price, result.Statistics!, start).Run(rows, run.Cancellation);
            exchange.Run(rows, new SpqrRevision(factors, _codes, _pairs, Format, price, result.Statistics!, start), sweeps, run.Cancellation);
            found[start / _pieceRows] = Write(rows, start, factor.Order, result);
            run.Report(Interlocked.Add(ref done, end - start) / (double)weights.Rows);
        });
        result.Outliers = OutlierOrder.Of(found);
        return result;
    }

    private List<Outlier> Write(SettledRows rows, int start, InputOrder order, CanonicalMatrix result)
    {
        var outliers = new List<Outlier>();
        SecondLevelStatistics statistics = result.Statistics!;
        for (int row = 0; row < rows.Count; row++)
        {
            for (int group = 0; group < order.Groups.Length; group++)
            {
                long index = statistics.CodeIndex(start + row, group);
                int pair = (int)rows.Choices[(row * order.Groups.Length) + group].Zero;
                (statistics.ScaleCodes[index], statistics.ZeroCodes[index]) = (_pairs.ScaleCode(pair), _pairs.ZeroCode(pair));
            }

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
