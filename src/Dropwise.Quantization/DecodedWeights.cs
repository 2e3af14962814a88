using Dropwise.Cpu;
using Dropwise.Inference.Blocks;
using Dropwise.ModelFiles;

namespace Dropwise.Quantization;

/// <summary>What a quantized matrix stands for as it multiplies inputs: decoded, and turned back where codes are behind a rotation.</summary>
internal static class DecodedWeights
{
    private const int RowsPerPiece = 16;

    /// <summary>Gives maps that were read from a model the weights that they multiply by at a level.</summary>
    /// <param name="linears">The maps, as they were read: at the highest level, behind a rotation where there is one.</param>
    /// <param name="source">The model.</param>
    /// <param name="level">The level; those with fewer are read whole.</param>
    /// <param name="run">Workers and cancellation.</param>
    public static void Serve(IEnumerable<BlockLinear> linears, ModelSource source, int level, QuantizationRun run)
    {
        foreach (BlockLinear linear in linears)
        {
            if (!source.Matrices.TryGetValue(linear.Tensor.Weight, out CheckpointMatrix? matrix)) continue;
            int served = Math.Min(level, matrix.Levels);
            if (served < matrix.Levels || matrix.Transform is not null) linear.Replace(Of(matrix.ToCanonical(), served, run));
        }
    }

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
