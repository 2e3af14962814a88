using System.Numerics;
using System.Runtime.Intrinsics;

namespace Dropwise.Quantization.Additive;

/// <summary>The lowest of many scores, in ascending order; among equal scores the one that comes first.</summary>
/// <param name="capacity">The most candidates to keep.</param>
internal sealed unsafe class BestCandidates(int capacity)
{
    private const int Lanes = CandidateScores.Lanes;

    private readonly float[] _scores = new float[capacity];
    private readonly int[] _indices = new int[capacity];

    /// <summary>Candidates kept.</summary>
    public int Count { get; private set; }

    /// <summary>The place of a kept candidate among the scores.</summary>
    /// <param name="rank">0, the best, to <see cref="Count"/> − 1.</param>
    public int this[int rank] => _indices[rank];

    /// <summary>Chooses the best.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="minima">Of each block of scores, the minimum of each of 16 lanes.</param>
    /// <param name="blocks">Blocks.</param>
    /// <param name="block">Scores a block, a multiple of 16.</param>
    /// <param name="keep">How many to keep, up to the capacity; fewer where there are fewer scores.</param>
    public void Choose(float* scores, float* minima, int blocks, int block, int keep)
    {
        Count = 0;
        float bound = Bound(minima, blocks, keep);
        for (int b = 0; b < blocks; b++)
        {
            if (AtMost(minima + (b * Lanes), bound) == 0) continue;
            for (int i = b * block; i < (b + 1) * block; i += Lanes)
            {
                for (ulong mask = AtMost(scores + i, bound); mask != 0; mask &= mask - 1)
                {
                    int index = i + BitOperations.TrailingZeroCount(mask);
                    Insert(scores[index], index, keep);
                }
            }
        }
    }

    // The minima of 16 lanes are 16 of the scores, so the keep-th smallest of them bounds the keep-th smallest of all, and few scores are
    // below it: the scan that follows hardly ever branches.
    private static float Bound(float* minima, int blocks, int keep)
    {
        if (keep > Lanes) return float.PositiveInfinity;
        Vector512<float> smallest = Vector512.Load(minima);
        for (int b = 1; b < blocks; b++) smallest = Vector512.Min(smallest, Vector512.Load(minima + (b * Lanes)));
        if (keep == 1) return SmallestLane(smallest);
        float* lanes = stackalloc float[Lanes];
        smallest.Store(lanes);
        float bound = float.NegativeInfinity;
        for (int lane = 0; lane < Lanes; lane++)
        {
            ulong smaller = Vector512.LessThan(smallest, Vector512.Create(lanes[lane])).ExtractMostSignificantBits();
            if (BitOperations.PopCount(smaller) < keep) bound = Math.Max(bound, lanes[lane]);
        }

        return bound;
    }

    private static float SmallestLane(Vector512<float> vector)
    {
        Vector256<float> eight = Vector256.Min(vector.GetLower(), vector.GetUpper());
        Vector128<float> four = Vector128.Min(eight.GetLower(), eight.GetUpper());
        return Math.Min(Math.Min(four[0], four[1]), Math.Min(four[2], four[3]));
    }

    private static ulong AtMost(float* scores, float bound) =>
        Vector512.LessThanOrEqual(Vector512.Load(scores), Vector512.Create(bound)).ExtractMostSignificantBits();

    private void Insert(float score, int index, int keep)
    {
        if (Count == keep && score >= _scores[keep - 1]) return;
        int place = Count < keep ? Count++ : keep - 1;
        for (; place > 0 && _scores[place - 1] > score; place--)
        {
            _scores[place] = _scores[place - 1];
            _indices[place] = _indices[place - 1];
        }

        _scores[place] = score;
        _indices[place] = index;
    }
}
