using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dropwise.Cpu;

/// <summary>Look-ups in product tables of 8-bit entries, a code a lane. Generated kernels call these; addresses need no alignment.</summary>
public static unsafe class TableLanes
{
    /// <summary>Looks 64 codes up in 256 entries with two permutes of 128 entries; the code's top bit chooses between them.</summary>
    /// <param name="t0">Entries 0 to 63.</param>
    /// <param name="t1">Entries 64 to 127.</param>
    /// <param name="t2">Entries 128 to 191.</param>
    /// <param name="t3">Entries 192 to 255.</param>
    /// <param name="codes">The codes.</param>
    /// <remarks>Needs AVX-512 VBMI. A permute reads seven bits of a code, so that nothing has to be masked.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ushort> Permute(Vector512<byte> t0, Vector512<byte> t1, Vector512<byte> t2, Vector512<byte> t3, Vector512<byte> codes)
    {
        Vector512<byte> low = Avx512Vbmi.PermuteVar64x8x2(t0, codes, t1);
        Vector512<byte> high = Avx512Vbmi.PermuteVar64x8x2(t2, codes, t3);
        return Avx512BW.BlendVariable(low, high, codes).AsUInt16();
    }

    /// <summary>Sixty-four 4-bit codes of one block, a byte each.</summary>
    /// <param name="codes">32 bytes: position p in the low half of byte p, position p + 32 in the high half.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Nibbles512(byte* codes)
    {
        Vector256<byte> packed = Vector256.Load(codes);
        return Vector512.Create(packed, (packed.AsUInt16() >>> 4).AsByte()) & Vector512.Create((byte)0x0F);
    }

    /// <summary>Looks 64 codes of 4 bits up in 16 entries.</summary>
    /// <param name="table">The entries.</param>
    /// <param name="codes">The codes, a byte each.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ushort> Shuffle16(byte* table, Vector512<byte> codes) => Avx512BW.Shuffle(Sixteen512(table), codes).AsUInt16();

    /// <summary>Looks 32 codes of 4 bits up in 16 entries.</summary>
    /// <param name="table">The entries.</param>
    /// <param name="codes">The codes, a byte each.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> Shuffle16(byte* table, Vector256<byte> codes) => Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(table), codes).AsUInt16();

    /// <summary>Looks 64 codes up in 256 entries: a shuffle of each 16 entries, then a tree of blends by the upper four bits.</summary>
    /// <param name="table">The entries.</param>
    /// <param name="codes">The codes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ushort> Shuffle256(byte* table, Vector512<byte> codes)
    {
        // A blend reads the top bit of a byte: shifts of 16-bit lanes bring each of the upper bits there, what they carry across
        // bytes lands below it.
        Vector512<byte> low = codes & Vector512.Create((byte)0x0F);
        Vector512<byte> bit4 = (codes.AsUInt16() << 3).AsByte();
        Vector512<byte> bit5 = (codes.AsUInt16() << 2).AsByte();
        Vector512<byte> bit6 = (codes.AsUInt16() << 1).AsByte();
        return Avx512BW.BlendVariable(
            Avx512BW.BlendVariable(Quarter512(table, low, bit4, bit5), Quarter512(table + 64, low, bit4, bit5), bit6),
            Avx512BW.BlendVariable(Quarter512(table + 128, low, bit4, bit5), Quarter512(table + 192, low, bit4, bit5), bit6),
            codes).AsUInt16();
    }

    /// <summary>Looks 32 codes up in 256 entries: a shuffle of each 16 entries, then a tree of blends by the upper four bits.</summary>
    /// <param name="table">The entries.</param>
    /// <param name="codes">The codes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> Shuffle256(byte* table, Vector256<byte> codes)
    {
        Vector256<byte> low = codes & Vector256.Create((byte)0x0F);
        Vector256<byte> bit4 = (codes.AsUInt16() << 3).AsByte();
        Vector256<byte> bit5 = (codes.AsUInt16() << 2).AsByte();
        Vector256<byte> bit6 = (codes.AsUInt16() << 1).AsByte();
        return Avx2.BlendVariable(
            Avx2.BlendVariable(Quarter256(table, low, bit4, bit5), Quarter256(table + 64, low, bit4, bit5), bit6),
            Avx2.BlendVariable(Quarter256(table + 128, low, bit4, bit5), Quarter256(table + 192, low, bit4, bit5), bit6),
            codes).AsUInt16();
    }

    private static Vector512<byte> Sixteen512(byte* table) => Avx512F.BroadcastVector128ToVector512((int*)table).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Quarter512(byte* table, Vector512<byte> low, Vector512<byte> bit4, Vector512<byte> bit5) => Avx512BW.BlendVariable(
        Avx512BW.BlendVariable(Avx512BW.Shuffle(Sixteen512(table), low), Avx512BW.Shuffle(Sixteen512(table + 16), low), bit4),
        Avx512BW.BlendVariable(Avx512BW.Shuffle(Sixteen512(table + 32), low), Avx512BW.Shuffle(Sixteen512(table + 48), low), bit4),
        bit5);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Quarter256(byte* table, Vector256<byte> low, Vector256<byte> bit4, Vector256<byte> bit5) => Avx2.BlendVariable(
        Avx2.BlendVariable(Sixteen256(table, low), Sixteen256(table + 16, low), bit4),
        Avx2.BlendVariable(Sixteen256(table + 32, low), Sixteen256(table + 48, low), bit4),
        bit5);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Sixteen256(byte* table, Vector256<byte> low) => Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(table), low);
}
