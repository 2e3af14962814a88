using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dropwise.Quantization.Additive;

/// <summary>Scores of all codewords of one codebook as the next term of some paths: the hot loop of quantization.</summary>
internal static unsafe class CandidateScores
{
    /// <summary>Floats of a vector, and minima of a block.</summary>
    public const int Lanes = 16;

    // 4 paths × 4 vectors of codewords keep 16 sums in registers and need 8 loads for 16 multiply-adds.
    private const int PathBlock = 4;
    private const int WideBlock = 4 * Lanes;

    /// <summary>
    /// scores[p, c] = bases[p] + norms[c] + Σ_j residuals[p, j] · table[j, c], and of each block of scores the minimum of each lane.
    /// </summary>
    /// <param name="residuals">What the paths have left of the vector, [paths, dimension].</param>
    /// <param name="bases">A constant a path, [paths].</param>
    /// <param name="paths">Paths.</param>
    /// <param name="table">Scaled codewords side by side, [dimension, codewords].</param>
    /// <param name="norms">A constant a codeword, [codewords].</param>
    /// <param name="codewords">A multiple of 16.</param>
    /// <param name="dimension">Elements a codeword.</param>
    /// <param name="scores">Receives [paths, codewords].</param>
    /// <param name="minima">Receives [paths · codewords / <see cref="BlockOf"/>, 16].</param>
    public static void Fill(
        float* residuals, float* bases, int paths, float* table, float* norms, int codewords, int dimension, float* scores, float* minima)
    {
        int block = BlockOf(codewords);
        int minimaStride = codewords / block * Lanes;
        int blocked = block == WideBlock ? paths / PathBlock * PathBlock : 0;
        for (int p = 0; p < blocked; p += PathBlock)
        {
            for (int c = 0; c < codewords; c += block)
            {
                FourPaths(
                    residuals + (p * dimension), bases + p, table + c, norms + c, codewords, dimension,
                    scores + (p * codewords) + c, minima + (p * minimaStride) + (c / block * Lanes), minimaStride);
            }
        }

        for (int p = blocked; p < paths; p++)
        {
            for (int c = 0; c < codewords; c += block)
            {
                Vector512<float> minimum = Vector512.Create(float.PositiveInfinity);
                for (int part = c; part < c + block; part += Lanes)
                {
                    Vector512<float> sum = Vector512.Load(norms + part) + Vector512.Create(bases[p]);
                    for (int j = 0; j < dimension; j++)
                    {
                        Vector512<float> element = Vector512.Create(residuals[(p * dimension) + j]);
                        sum = Vector512.FusedMultiplyAdd(element, Vector512.Load(table + (j * codewords) + part), sum);
                    }

                    sum.Store(scores + (p * codewords) + part);
                    minimum = Vector512.Min(minimum, sum);
                }

                minimum.Store(minima + (p * minimaStride) + (c / block * Lanes));
            }
        }
    }

    /// <summary>Scores that share a vector of minima.</summary>
    /// <param name="codewords">Codewords of a codebook.</param>
    public static int BlockOf(int codewords) => codewords % WideBlock == 0 ? WideBlock : Lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourPaths(
        float* residuals, float* bases, float* table, float* norms, int codewords, int dimension, float* scores, float* minima, int minimaStride)
    {
        Vector512<float> n0 = Vector512.Load(norms);
        Vector512<float> n1 = Vector512.Load(norms + Lanes);
        Vector512<float> n2 = Vector512.Load(norms + (2 * Lanes));
        Vector512<float> n3 = Vector512.Load(norms + (3 * Lanes));
        Vector512<float> b0 = Vector512.Create(bases[0]);
        Vector512<float> b1 = Vector512.Create(bases[1]);
        Vector512<float> b2 = Vector512.Create(bases[2]);
        Vector512<float> b3 = Vector512.Create(bases[3]);
        Vector512<float> s00 = n0 + b0, s01 = n1 + b0, s02 = n2 + b0, s03 = n3 + b0;
        Vector512<float> s10 = n0 + b1, s11 = n1 + b1, s12 = n2 + b1, s13 = n3 + b1;
        Vector512<float> s20 = n0 + b2, s21 = n1 + b2, s22 = n2 + b2, s23 = n3 + b2;
        Vector512<float> s30 = n0 + b3, s31 = n1 + b3, s32 = n2 + b3, s33 = n3 + b3;
        for (int j = 0; j < dimension; j++)
        {
            float* row = table + (j * codewords);
            Vector512<float> t0 = Vector512.Load(row);
            Vector512<float> t1 = Vector512.Load(row + Lanes);
            Vector512<float> t2 = Vector512.Load(row + (2 * Lanes));
            Vector512<float> t3 = Vector512.Load(row + (3 * Lanes));
            Vector512<float> r = Vector512.Create(residuals[j]);
            s00 = Vector512.FusedMultiplyAdd(r, t0, s00);
            s01 = Vector512.FusedMultiplyAdd(r, t1, s01);
            s02 = Vector512.FusedMultiplyAdd(r, t2, s02);
            s03 = Vector512.FusedMultiplyAdd(r, t3, s03);
            r = Vector512.Create(residuals[dimension + j]);
            s10 = Vector512.FusedMultiplyAdd(r, t0, s10);
            s11 = Vector512.FusedMultiplyAdd(r, t1, s11);
            s12 = Vector512.FusedMultiplyAdd(r, t2, s12);
            s13 = Vector512.FusedMultiplyAdd(r, t3, s13);
            r = Vector512.Create(residuals[(2 * dimension) + j]);
            s20 = Vector512.FusedMultiplyAdd(r, t0, s20);
            s21 = Vector512.FusedMultiplyAdd(r, t1, s21);
            s22 = Vector512.FusedMultiplyAdd(r, t2, s22);
            s23 = Vector512.FusedMultiplyAdd(r, t3, s23);
            r = Vector512.Create(residuals[(3 * dimension) + j]);
            s30 = Vector512.FusedMultiplyAdd(r, t0, s30);
            s31 = Vector512.FusedMultiplyAdd(r, t1, s31);
            s32 = Vector512.FusedMultiplyAdd(r, t2, s32);
            s33 = Vector512.FusedMultiplyAdd(r, t3, s33);
        }

        Store(scores, minima, s00, s01, s02, s03);
        Store(scores + codewords, minima + minimaStride, s10, s11, s12, s13);
        Store(scores + (2 * codewords), minima + (2 * minimaStride), s20, s21, s22, s23);
        Store(scores + (3 * codewords), minima + (3 * minimaStride), s30, s31, s32, s33);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* scores, float* minima, Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        a.Store(scores);
        b.Store(scores + Lanes);
        c.Store(scores + (2 * Lanes));
        d.Store(scores + (3 * Lanes));
        Vector512.Min(Vector512.Min(a, b), Vector512.Min(c, d)).Store(minima);
    }
}
