using Dropwise.Cpu;

namespace Dropwise.Quantization;

/// <summary>What a quantized matrix stands for as it multiplies inputs: decoded, and turned back where codes are behind a rotation.</summary>
internal static class DecodedWeights
{
    private const int RowsPerPiece = 16;

    /// <summary>Decodes a matrix.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="level">1 to the format's levels.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>W [N, K].</returns>
    public static float[] Of(CanonicalMatrix matrix, int level, QuantizationRun run)
    {
        var values = new float[matrix.Rows * matrix.Columns];
        Fill(matrix, level, values, run);
        return values;
    }

    /// <summary>Decodes a matrix.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="level">1 to the format's levels.</param>
    /// <param name="values">Receives W [N, K].</param>
    /// <param name="run">Workers and cancellation.</param>
    public static void Fill(CanonicalMatrix matrix, int level, float[] values, QuantizationRun run)
    {
        var decoder = new RowDecoder(matrix, level);
        run.ForPieces(matrix.Rows, RowsPerPiece, (start, end) =>
        {
            for (int row = start; row < end; row++) decoder.Decode(row, values.AsSpan(row * matrix.Columns, matrix.Columns));
            if (matrix.Transform is { } transform) InputTransforms.UnrotateRows(transform, values.AsSpan(start * matrix.Columns, (end - start) * matrix.Columns));
        });
    }
}
