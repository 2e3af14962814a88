namespace Dropwise.Formats;

/// <summary>Three-bit integers, asymmetric: 32 inputs share a float16 scale and an integer zero point.</summary>
/// <remarks>
/// <para>Value: ŵ = s · (q − z) with q and z in [0, 7].</para>
/// <para>Bits a weight: 3 + (16 + 3) / 32 = 3.59375.</para>
/// <para>
/// Bytes of a block of 64 rows × 32 inputs: codes 0 to 767, each quarter of 192 being 128 of low bits (a plane of 2) and 64 of high
/// bits; in streams of their own 128 of scales and 24 of zeros.
/// </para>
/// </remarks>
[QuantFormat("int3g32")]
[UniformCode(Bits = 3)]
[Group(32, Zero = ZeroPoint.Original)]
public readonly partial struct Int3g32;
