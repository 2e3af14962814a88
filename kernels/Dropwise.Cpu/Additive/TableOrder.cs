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

    // Dots keep their upper 16 of 32 bits, and multipliers are fractions of 2^15.
    private const float DotUnit = 65536f;
    private const int MultiplierUnit = 32768;

    /// <summary>Decides order, scales and multipliers of a chunk.</summary>
    /// <param name="largest">The largest magnitude of each run's 16-bit dots [runs], at most 32767.</param>
    /// <param name="runs">1 to 64.</param>
    /// <param name="ends">Where each segment of the order ends, ascending, the last at 64.</param>
    /// <param name="unit">The value of a 32-bit dot of 1.</param>
    /// <param name="order">Receives the runs by descending largest magnitude [runs].</param>
    /// <param name="scales">Receives the value of an entry of 1 for each segment.</param>
    /// <param name="multipliers">Receives what each run's 16-bit dots are multiplied by, in units of 2^−15 [64].</param>
    public static void Assign(ushort* largest, int runs, ReadOnlySpan<byte> ends, float unit, byte* order, float* scales, short* multipliers)
    {
        Sort(largest, runs, order);
        int first = 0;
        for (int segment = 0; segment < ends.Length; segment++)
        {
            int last = Math.Min(runs, ends[segment]);
            int peak = 1;
            for (int i = first; i < last; i++) peak = Math.Max(peak, largest[order[i]]);

            // The multiplier is rounded down, so that no entry exceeds the range, and the scale follows the rounded one.
            int multiplier = Math.Min(short.MaxValue, LargestEntry * MultiplierUnit / peak);
            scales[segment] = unit * DotUnit * MultiplierUnit / multiplier;
            for (int i = first; i < last; i++) multipliers[order[i]] = (short)multiplier;
            first = last;
        }
    }

    /// <summary>Sorts by counting, for each run, the runs that are larger: 64 keys are four registers, and nothing branches.</summary>
    private static void Sort(ushort* largest, int runs, byte* order)
    {
        // A key is the magnitude's upper nine bits, a flag that sets runs apart from padding, and the run, which makes keys unique.
        // Coarse magnitudes are enough: order within a segment does not matter. Offset to signed, as comparisons are.
        short* keys = stackalloc short[Runs];
        for (int run = 0; run < Runs; run++)
        {
            int key = run < runs ? (largest[run] >> 6 << 7) | 64 | run : run;
            keys[run] = (short)(key - 32768);
        }

        Vector256<short> k0 = Vector256.Load(keys), k1 = Vector256.Load(keys + 16), k2 = Vector256.Load(keys + 32), k3 = Vector256.Load(keys + 48);
        Vector256<short> r0 = default, r1 = default, r2 = default, r3 = default;
        for (int run = 0; run < Runs; run++)
        {
            // A comparison that holds is −1.
            Vector256<short> key = Vector256.Create(keys[run]);
            r0 -= Vector256.GreaterThan(key, k0);
            r1 -= Vector256.GreaterThan(key, k1);
            r2 -= Vector256.GreaterThan(key, k2);
            r3 -= Vector256.GreaterThan(key, k3);
        }

        short* ranks = stackalloc short[Runs];
        r0.Store(ranks);
        r1.Store(ranks + 16);
        r2.Store(ranks + 32);
        r3.Store(ranks + 48);
        for (int run = 0; run < runs; run++) order[ranks[run]] = (byte)run;
    }
}
