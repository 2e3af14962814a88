namespace Dropwise.Conformance;

/// <summary>
/// Draws outliers where kernels may lose them: one weight in a hundred, and beside these the corners, a full row, a full column, a whole
/// group and a row without any.
/// </summary>
internal static class OutlierSource
{
    private const double Share = 0.01;

    // Far beyond the other weights, as outliers are; float16 ends at 65504.
    private const double Size = 10;
    private const double Largest = 60000;

    /// <summary>Draws outliers and puts the code 0 under each.</summary>
    /// <param name="matrix">The matrix, codes drawn.</param>
    /// <param name="values">Where values come from.</param>
    public static Outlier[] Draw(CanonicalMatrix matrix, ValueSource values)
    {
        var outliers = new List<Outlier>();
        for (int row = 0; row < matrix.Rows; row++)
        {
            for (int column = 0; column < matrix.Columns; column++)
            {
                // Every place is drawn for, so that the places of one kind do not move the others.
                bool drawn = values.Index(1 << 16) < Share * (1 << 16);
                if (!IsOutlier(matrix, values.Distribution, row, column, drawn)) continue;
                double value = Math.Clamp(values.Normal() * values.Scale() * Size, -Largest, Largest);
                outliers.Add(new Outlier(row, column, MatrixSource.Rounded(value, matrix.Format.Outliers!.Value)));
                matrix.Codes[0][((long)row * matrix.Columns) + column] = 0;
            }
        }

        return [.. outliers];
    }

    private static bool IsOutlier(CanonicalMatrix matrix, ValueDistribution distribution, int row, int column, bool drawn)
    {
        // A single row has all, none, or some of them.
        if (matrix.Rows == 1) return distribution switch { ValueDistribution.Adversarial => true, ValueDistribution.HeavyTailed => false, _ => drawn };
        bool corner = (row == 0 || row == matrix.Rows - 1) && (column == 0 || column == matrix.Columns - 1);
        bool empty = row == 1;
        bool full = row == matrix.Rows / 2 || column == matrix.Columns / 2;
        bool group = row == matrix.Rows / 3 && column / 16 == matrix.Columns / 48;
        return corner || (!empty && (drawn || full || group));
    }
}
