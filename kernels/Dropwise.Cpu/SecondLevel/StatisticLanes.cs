using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dropwise.Cpu;

/// <summary>
/// Loads the words of a group, a lane each: quantized scales and zeros of four rows, 3 or 4 bytes a word. Generated kernels call these;
/// addresses need no alignment, and nothing beyond a group is read.
/// </summary>
public static unsafe class StatisticLanes
{
    /// <summary>One word of 3 bytes.</summary>
    /// <param name="words">Its address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Word_3(byte* words) => words[0] | (words[1] << 8) | (words[2] << 16);

    /// <summary>One word of 4 bytes.</summary>
    /// <param name="words">Its address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Word_4(byte* words) => Unsafe.ReadUnaligned<int>(words);

    /// <summary>Eight words of 3 bytes: half of a group.</summary>
    /// <param name="words">The first of 24 bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Words256_3(byte* words)
    {
        // The upper four words end with the load, so that it does not reach beyond them.
        Vector256<byte> bytes = Vector256.Create(Vector128.Load(words), Vector128.Load(words + 8));
        Vector256<byte> order = Vector256.Create(
            (byte)0, 1, 2, 255, 3, 4, 5, 255, 6, 7, 8, 255, 9, 10, 11, 255, 4, 5, 6, 255, 7, 8, 9, 255, 10, 11, 12, 255, 13, 14, 15, 255);
        return Avx2.Shuffle(bytes, order).AsInt32();
    }

    /// <summary>Eight words of 4 bytes: half of a group.</summary>
    /// <param name="words">The first of 32 bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Words256_4(byte* words) => Vector256.Load(words).AsInt32();

    /// <summary>Sixteen words of 3 bytes: a group.</summary>
    /// <param name="words">The first of 48 bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Words512_3(byte* words)
    {
        // Two loads that overlap by 16 bytes; the permute hands every 128-bit quarter the twelve bytes of its words.
        Vector512<int> dwords = Vector512.Create(Vector256.Load(words), Vector256.Load(words + 16)).AsInt32();
        Vector512<int> places = Vector512.Create(0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 12, 12, 13, 14, 15, 15);
        Vector512<byte> order = Vector512.Create(
            0xFF050403_FF020100, 0xFF0B0A09_FF080706, 0xFF050403_FF020100, 0xFF0B0A09_FF080706,
            0xFF050403_FF020100, 0xFF0B0A09_FF080706, 0xFF050403_FF020100, 0xFF0B0A09_FF080706).AsByte();
        return Avx512BW.Shuffle(Avx512F.PermuteVar16x32(dwords, places).AsByte(), order).AsInt32();
    }

    /// <summary>Sixteen words of 4 bytes: a group.</summary>
    /// <param name="words">The first of 64 bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Words512_4(byte* words) => Vector512.Load(words).AsInt32();
}
