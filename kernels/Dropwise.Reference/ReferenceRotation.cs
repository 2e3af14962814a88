using System.Numerics;

namespace Dropwise.Reference;

/// <summary>The rotation V in float64, from its definition: entry (i, j) of H_p is (−1) to the number of bits that i and j share.</summary>
public static class ReferenceRotation
{
    /// <summary>V·x.</summary>
    /// <param name="transform">The rotation of K inputs.</param>
    /// <param name="x">Inputs [K].</param>
    /// <returns>Rotated inputs [K].</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double[] Apply(InputTransform transform, ReadOnlySpan<double> x)
    {
        if (x.Length != transform.Columns)
            throw new ArgumentException($"{x.Length} inputs for a rotation of {transform.Columns}", nameof(x));
        int block = transform.BlockSize;
        double[] rotated = new double[x.Length];
        if (transform.Order is { } order)
        {
            for (int i = 0; i < order.Length; i++) rotated[i] = x[order[i]];
            return rotated;
        }

        for (int i = 0; i < x.Length; i++)
        {
            int start = i / block * block;
            double sum = 0;
            for (int j = 0; j < block; j++)
            {
                int sign = (BitOperations.PopCount((uint)((i - start) & j)) & 1) == 0 ? 1 : -1;
                sum += sign * transform.Signs[start + j] * x[start + j];
            }

            rotated[i] = sum / Math.Sqrt(block);
        }

        return rotated;
    }
}
