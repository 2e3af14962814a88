namespace Dropwise.Quantization.Feedback;

/// <summary>Finds the price of an outlier under which a matrix takes as many as its bits allow.</summary>
/// <param name="allowed">The most outliers.</param>
/// <param name="count">Outliers of the matrix at a price; falls as prices rise, if not at every step.</param>
internal sealed class OutlierBudget(double allowed, Func<float, double> count)
{
    // A price has no unit, and 2^-40 of the mean cost of losing a weight is beneath any error.
    private const float Smallest = -40;
    private const float Largest = 10;

    // The width of the last interval is 1.7 % of a price, and a sample does not know it better.
    private const int Halvings = 11;

    /// <summary>The smallest price that was found to stay inside the budget.</summary>
    public float Find()
    {
        (float low, float high) = (Smallest, Largest);
        for (int i = 0; i < Halvings; i++)
        {
            float middle = 0.5f * (low + high);
            if (count(MathF.Pow(2, middle)) <= allowed) high = middle;
            else low = middle;
        }

        return MathF.Pow(2, high);
    }

    /// <summary>The most outliers of a matrix that may take so many bits.</summary>
    /// <param name="format">A format with outliers.</param>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    /// <param name="bits">Bits a weight.</param>
    /// <exception cref="QuantizationException">The format takes more without outliers.</exception>
    public static long Allowed(FormatDescriptor format, int rows, int columns, double bits)
    {
        OutlierDescriptor outliers = format.Outliers ?? throw new QuantizationException($"{format.Name} has no outliers to spend bits on");
        double without = format.BitsPerWeight(1, rows, columns);
        if (bits < without)
            throw new QuantizationException(FormattableString.Invariant($"{format.Name} takes {without:F3} bits a weight before outliers, more than the {bits} that it may take"));
        double left = (bits - without) * rows * columns;
        return (long)(left / (outliers.BitsOf(rows, columns, 1) - outliers.BitsOf(rows, columns, 0)));
    }
}
