namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>The inverses of the blocks on the diagonal of a matrix.</summary>
internal static class BlockInverses
{
    /// <summary>Inverts blocks.</summary>
    /// <param name="matrix">A positive definite matrix [K, K].</param>
    /// <param name="columns">K.</param>
    /// <param name="size">Rows of a block; divides K.</param>
    /// <returns>The inverses one after the other [K / size, size, size].</returns>
    public static float[] Of(float[] matrix, int columns, int size)
    {
        var inverses = new float[columns * size];
        var block = new double[size * size];
        var inverse = new double[size * size];
        for (int first = 0; first < columns; first += size)
        {
            for (int i = 0; i < size; i++)
            {
                for (int j = 0; j < size; j++)
                {
                    block[(i * size) + j] = matrix[((first + i) * columns) + first + j];
                    inverse[(i * size) + j] = i == j ? 1 : 0;
                }
            }

            Eliminate(block, inverse, size);
            for (int i = 0; i < inverse.Length; i++) inverses[(first * size) + i] = (float)inverse[i];
        }

        return inverses;
    }

    // Gauss and Jordan; pivots of a positive definite matrix are positive as they come.
    private static void Eliminate(double[] block, double[] inverse, int size)
    {
        for (int pivot = 0; pivot < size; pivot++)
        {
            double scale = 1 / block[(pivot * size) + pivot];
            for (int j = 0; j < size; j++)
            {
                block[(pivot * size) + j] *= scale;
                inverse[(pivot * size) + j] *= scale;
            }

            for (int i = 0; i < size; i++)
            {
                if (i == pivot) continue;
                double factor = block[(i * size) + pivot];
                for (int j = 0; j < size; j++)
                {
                    block[(i * size) + j] -= factor * block[(pivot * size) + j];
                    inverse[(i * size) + j] -= factor * inverse[(pivot * size) + j];
                }
            }
        }
    }
}
