namespace Dropwise.Quantization.Additive;

/// <summary>Divides rows by their root mean square, so that one set of codebooks fits all of them.</summary>
internal static class RowNormalization
{
    /// <summary>Makes the vectors of a matrix.</summary>
    /// <param name="weights">The weights [N, K].</param>
    /// <param name="type">The type of a row's scale.</param>
    /// <param name="scales">Receives the scales [N], rounded to the type; 0 for a row of zeros.</param>
    /// <param name="dimension">Weights a vector.</param>
    public static VectorSet Apply(FloatMatrix weights, ScalarType type, float[] scales, int dimension)
    {
        var normalized = new float[weights.Values.Length];
        for (int n = 0; n < weights.Rows; n++)
        {
            ReadOnlySpan<float> row = weights.Row(n);
            double squares = 0;
            foreach (float w in row) squares += (double)w * w;
            scales[n] = ScalarRounding.Round(type, (float)Math.Sqrt(squares / row.Length));
            if (scales[n] == 0) continue;
            Span<float> target = normalized.AsSpan(n * weights.Columns, weights.Columns);
            for (int k = 0; k < row.Length; k++) target[k] = row[k] / scales[n];
        }

        return new VectorSet(dimension, normalized);
    }
}
