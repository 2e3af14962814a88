using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dropwise.Cpu;

/// <summary>
/// Orders the runs of a chunk by their largest entry and gives each segment of that order a scale, so that a few large activations do
/// not make the 8-bit entries of all others coarse.
/// </summary>
public static unsafe class TableOrder
{
    /// <summary>Runs of a whole chunk; a run's number and a flag take seven bits of its sort key.</summary>
    public const int Runs = 64;

    /// <summary>Bytes before the tables of a chunk: a float32 scale a segment, and from byte 64 the order of the runs.</summary>
    public const int HeaderBytes = 128;

    /// <summary>Entries are integers in [−127, 127], stored with 128 added.</summary>
    private const int LargestEntry = 127;

    /// <summary>16-bit lanes of a register.</summary>
    private const int Lanes = 16;

    // Dots keep their upper 16 of 32 bits, and multipliers are fractions of 2^15.
    private const float DotUnit = 65536f;
    private const int MultiplierUnit = 32768;

    /// <summary>Decides order, scales and multipliers of a chunk.</summary>
    /// <param name="largest">The largest magnitude of each run's 16-bit dots [runs], at most 32767; room for 64.</param>
    /// <param name="runs">1 to 64.</param>
    /// <param name="ends">Where each segment of the order ends, ascending, the last at 64.</param>
    /// <param name="unit">The value of a 32-bit dot of 1.</param>
    /// <param name="order">Receives the runs by descending largest magnitude [runs].</param>
    /// <param name="scales">Receives the value of an entry of 1 for each segment.</param>
    /// <param name="multipliers">Receives what each run's 16-bit dots are multiplied by, in units of 2^−15 [64].</param>
    public static void Assign(ushort* largest, int runs, ReadOnlySpan<byte> ends, float unit, byte* order, float* scales, short* multipliers)
    {
        short* ranks = stackalloc short[Runs];
        Rank(largest, runs, ranks);
        int first = 0;
        for (int segment = 0; segment < ends.Length; segment++)
        {
            // Ranks of padding are not below the number of runs.
            int last = Math.Min(runs, ends[segment]);
            Vector256<short> from = Vector256.Create((short)(first - 1));
            Vector256<short> until = Vector256.Create((short)last);
            Vector256<short> peaks = Vector256<short>.One;
            for (int i = 0; i < Runs; i += Lanes) peaks = Vector256.Max(peaks, Vector256.Load((short*)largest + i) & Member(ranks + i, from, until));
            int peak = 1;
            for (int i = 0; i < Lanes; i++) peak = Math.Max(peak, peaks[i]);

            // The multiplier is rounded down, so that no entry exceeds the range, and the scale follows the rounded one.
            int multiplier = Math.Min(short.MaxValue, LargestEntry * MultiplierUnit / peak);
            scales[segment] = unit * DotUnit * MultiplierUnit / multiplier;
            for (int i = 0; i < Runs; i += Lanes)
            {
                Vector256<short> member = Member(ranks + i, from, until);
                Vector256.ConditionalSelect(member, Vector256.Create((short)multiplier), Vector256.Load(multipliers + i)).Store(multipliers + i);
            }

            first = last;
        }

        for (int run = 0; run < runs; run++) order[ranks[run]] = (byte)run;
    }

    /// <summary>All bits of the lanes whose rank is in a segment.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Member(short* ranks, Vector256<short> from, Vector256<short> until) =>
        Vector256.GreaterThan(Vector256.Load(ranks), from) & Vector256.GreaterThan(until, Vector256.Load(ranks));

    /// <summary>Counts, for each run, the runs that are larger: 64 keys are four registers, and nothing branches.</summary>
    private static void Rank(ushort* largest, int runs, short* ranks)
    {
        // A key is the magnitude's upper nine bits, a flag that sets runs apart from padding, and the run, which makes keys unique.
        // Coarse magnitudes are enough: order within a segment does not matter. Offset to signed, as comparisons are.
        short* keys = stackalloc short[Runs];
        Vector256<short> run = Vector256<short>.Indices;
        for (int i = 0; i < Runs; i += Lanes)
        {
            Vector256<short> key = ((Vector256.Load((short*)largest + i) >>> 6) << 7) | Vector256.Create((short)64);
            key = (key & Vector256.GreaterThan(Vector256.Create((short)runs), run)) | run;
            (key ^ Vector256.Create(short.MinValue)).Store(keys + i);
            run += Vector256.Create((short)Lanes);
        }

        Vector256<short> k0 = Vector256.Load(keys), k1 = Vector256.Load(keys + 16), k2 = Vector256.Load(keys + 32), k3 = Vector256.Load(keys + 48);
        Vector256<short> r0 = default, r1 = default, r2 = default, r3 = default;
        for (int i = 0; i < Runs; i++)
        {
            // A comparison that holds is −1.
            Vector256<short> key = Vector256.Create(keys[i]);
            r0 -= Vector256.GreaterThan(key, k0);
            r1 -= Vector256.GreaterThan(key, k1);
            r2 -= Vector256.GreaterThan(key, k2);
            r3 -= Vector256.GreaterThan(key, k3);
        }

        r0.Store(ranks);
        r1.Store(ranks + 16);
        r2.Store(ranks + 32);
        r3.Store(ranks + 48);
    }
}
