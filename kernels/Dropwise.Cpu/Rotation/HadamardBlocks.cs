using System.Runtime.Intrinsics;

namespace Dropwise.Cpu;

/// <summary>
/// The fast Walsh-Hadamard transform of blocks: y = H_p x in p·log2(p) additions, with the natural (Sylvester) order of rows, in which
/// H is symmetric and H·H = p·I.
/// </summary>
internal static unsafe class HadamardBlocks
{
    private const int Lanes = 8;

    /// <summary>Transforms consecutive blocks in place.</summary>
    /// <param name="values">Elements [count], float32.</param>
    /// <param name="count">A multiple of <paramref name="block"/>.</param>
    /// <param name="block">The length p of a block, a power of two.</param>
    public static void Transform(float* values, int count, int block)
    {
        for (float* end = values + count; values < end; values += block)
        {
            if (block >= Lanes) Vectors(values, block);
            else Scalars(values, block);
        }
    }

    private static void Vectors(float* values, int block)
    {
        // Inside a vector a butterfly is one shuffle and one multiply-add: lanes that keep the sum have the factor 1, lanes that
        // keep the difference −1.
        Vector256<float> one = Vector256.Create(1f, -1f, 1f, -1f, 1f, -1f, 1f, -1f);
        Vector256<float> two = Vector256.Create(1f, 1f, -1f, -1f, 1f, 1f, -1f, -1f);
        Vector256<float> four = Vector256.Create(1f, 1f, 1f, 1f, -1f, -1f, -1f, -1f);
        for (int i = 0; i < block; i += Lanes)
        {
            Vector256<float> v = Vector256.Load(values + i);
            v = (v * one) + Vector256.Shuffle(v, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6));
            v = (v * two) + Vector256.Shuffle(v, Vector256.Create(2, 3, 0, 1, 6, 7, 4, 5));
            v = (v * four) + Vector256.Shuffle(v, Vector256.Create(4, 5, 6, 7, 0, 1, 2, 3));
            v.Store(values + i);
        }

        for (int half = Lanes; half < block; half *= 2)
        {
            for (int start = 0; start < block; start += 2 * half)
            {
                for (int i = start; i < start + half; i += Lanes)
                {
                    Vector256<float> a = Vector256.Load(values + i);
                    Vector256<float> b = Vector256.Load(values + i + half);
                    (a + b).Store(values + i);
                    (a - b).Store(values + i + half);
                }
            }
        }
    }

    private static void Scalars(float* values, int block)
    {
        for (int half = 1; half < block; half *= 2)
        {
            for (int i = 0; i < block; i++)
            {
                if ((i & half) != 0) continue;
                float a = values[i];
                float b = values[i + half];
                values[i] = a + b;
                values[i + half] = a - b;
            }
        }
    }
}
