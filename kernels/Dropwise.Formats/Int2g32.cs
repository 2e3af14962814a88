namespace Dropwise.Formats;

/// <summary>Two-bit integers, asymmetric: 32 inputs share a float16 scale and an integer zero point.</summary>
/// <remarks>
/// <para>Value: ŵ = s · (q − z) with q and z in [0, 3].</para>
/// <para>Bits a weight: 2 + (16 + 2) / 32 = 2.5625.</para>
/// <para>
/// Bytes of a block of 64 rows × 32 inputs: codes 0 to 511 (quarters of 128), in streams of their own 128 of scales and 16 of zeros.
/// </para>
/// </remarks>
[QuantFormat("int2g32")]
[UniformCode(Bits = 2)]
[Group(32, Zero = ZeroPoint.Original)]
public readonly partial struct Int2g32;
