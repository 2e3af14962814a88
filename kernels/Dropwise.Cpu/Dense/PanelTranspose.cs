using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dropwise.Cpu;

/// <summary>Row-major values into a panel, where a lane is a row.</summary>
public static unsafe class PanelTranspose
{
    /// <summary>Writes eight rows × eight inputs into a panel: panel[k, r] = row r, input k.</summary>
    /// <param name="r0">Eight inputs of row 0.</param>
    /// <param name="r1">Row 1.</param>
    /// <param name="r2">Row 2.</param>
    /// <param name="r3">Row 3.</param>
    /// <param name="r4">Row 4.</param>
    /// <param name="r5">Row 5.</param>
    /// <param name="r6">Row 6.</param>
    /// <param name="r7">Row 7.</param>
    /// <param name="panel">The panel at the first input and row.</param>
    /// <param name="stride">Elements from one input to the next.</param>
    /// <remarks>Needs AVX.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store8x8(
        Vector256<float> r0, Vector256<float> r1, Vector256<float> r2, Vector256<float> r3,
        Vector256<float> r4, Vector256<float> r5, Vector256<float> r6, Vector256<float> r7, float* panel, nint stride = WeightMatrix.PanelRows)
    {
        // Pairs of rows, then quads of rows, then the two halves of 128 bits.
        Vector256<float> a0 = Avx.UnpackLow(r0, r1), a1 = Avx.UnpackHigh(r0, r1), a2 = Avx.UnpackLow(r2, r3), a3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> a4 = Avx.UnpackLow(r4, r5), a5 = Avx.UnpackHigh(r4, r5), a6 = Avx.UnpackLow(r6, r7), a7 = Avx.UnpackHigh(r6, r7);
        Vector256<float> b0 = Avx.Shuffle(a0, a2, 0x44), b1 = Avx.Shuffle(a0, a2, 0xEE), b2 = Avx.Shuffle(a1, a3, 0x44), b3 = Avx.Shuffle(a1, a3, 0xEE);
        Vector256<float> b4 = Avx.Shuffle(a4, a6, 0x44), b5 = Avx.Shuffle(a4, a6, 0xEE), b6 = Avx.Shuffle(a5, a7, 0x44), b7 = Avx.Shuffle(a5, a7, 0xEE);
        Avx.Permute2x128(b0, b4, 0x20).Store(panel);
        Avx.Permute2x128(b1, b5, 0x20).Store(panel + stride);
        Avx.Permute2x128(b2, b6, 0x20).Store(panel + (2 * stride));
        Avx.Permute2x128(b3, b7, 0x20).Store(panel + (3 * stride));
        Avx.Permute2x128(b0, b4, 0x31).Store(panel + (4 * stride));
        Avx.Permute2x128(b1, b5, 0x31).Store(panel + (5 * stride));
        Avx.Permute2x128(b2, b6, 0x31).Store(panel + (6 * stride));
        Avx.Permute2x128(b3, b7, 0x31).Store(panel + (7 * stride));
    }
}
