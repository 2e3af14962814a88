using System.Collections.Immutable;

namespace Dropwise.Quantization.Analysis;

/// <summary>How weights are distributed over matrices, each row divided by its root mean square, which is what codes of rows with scales have to describe.</summary>
public sealed class WeightHistogram
{
    /// <summary>The histogram goes from −<see cref="Limit"/> to <see cref="Limit"/>; a normal distribution has one weight in half a billion outside.</summary>
    public const double Limit = 6;

    /// <summary>Bins between the limits.</summary>
    public const int Bins = 120;

    private const int RowsPerPiece = 64;
    private const double BinsPerUnit = Bins / (2 * Limit);

    private readonly long[] _counts = new long[Bins];
    private long _weights;

    /// <summary>The share of weights in each bin divided by its width; all zero where no matrix was added.</summary>
    public ImmutableArray<double> Density => [.. _counts.Select(count => _weights == 0 ? 0 : count * BinsPerUnit / _weights)];

    /// <summary>Adds a matrix.</summary>
    /// <param name="weights">W [N, K].</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>Its kurtosis, the mean of fourth powers: 3 where weights are normal; 0 where all are zero.</returns>
    public double Add(FloatMatrix weights, QuantizationRun run)
    {
        var counts = new long[(weights.Rows + RowsPerPiece - 1) / RowsPerPiece][];
        double[] fourths = new double[weights.Rows];
        int[] seen = new int[weights.Rows];
        run.ForPieces(weights.Rows, RowsPerPiece, (start, end) =>
        {
            long[] piece = new long[Bins];
            for (int row = start; row < end; row++) (fourths[row], seen[row]) = Count(weights.Row(row), piece);
            counts[start / RowsPerPiece] = piece;
        });

        foreach (long[] piece in counts)
        {
            for (int bin = 0; bin < Bins; bin++) _counts[bin] += piece[bin];
        }

        // Summed in the order of rows, so that the number of workers leaves no trace in the last digit.
        long counted = seen.Sum(static count => (long)count);
        _weights += counted;
        return counted == 0 ? 0 : fourths.Sum() / counted;
    }

    /// <summary>Counts a row; one of zeros only has no shape and does not count.</summary>
    private static (double Fourths, int Counted) Count(ReadOnlySpan<float> row, long[] counts)
    {
        double squares = 0;
        foreach (float weight in row) squares += (double)weight * weight;
        if (squares == 0) return (0, 0);
        double scale = Math.Sqrt(row.Length / squares), fourths = 0;
        foreach (float weight in row)
        {
            double value = weight * scale, square = value * value;
            fourths += square * square;
            double bin = (value + Limit) * BinsPerUnit;
            if (bin is >= 0 and < Bins) counts[(int)bin]++;
        }

        return (fourths, row.Length);
    }
}
