using Dropwise.ModelFiles;

namespace Dropwise.Cli.Models;

/// <summary>Bits a weight of a quantized model.</summary>
internal static class BitsPerWeight
{
    /// <summary>Bits a weight over all quantized matrices: codes, scales, zeros, codebooks, signs and outliers that the level reads.</summary>
    /// <param name="model">A model with quantized matrices.</param>
    /// <param name="level">From 1; a matrix with fewer levels counts at its highest.</param>
    public static double Of(ModelSource model, int level)
    {
        double bits = 0, weights = 0;
        foreach (CheckpointMatrix matrix in model.Matrices.Values)
        {
            double size = (double)matrix.Rows * matrix.Columns;
            int served = Math.Min(level, matrix.Row.Descriptor.Levels);
            bits += size * matrix.Row.Descriptor.BitsPerWeight(served, matrix.Rows, matrix.Columns, matrix.Outliers);
            weights += size;
        }

        return bits / weights;
    }
}
