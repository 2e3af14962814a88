namespace Dropwise.Formats;

/// <summary>Four-bit integers, asymmetric: 32 inputs share a float16 scale and an integer zero point.</summary>
/// <remarks>
/// <para>Value: ŵ = s · (q − z) with q and z in [0, 15].</para>
/// <para>Bits a weight: 4 + (16 + 4) / 32 = 4.625.</para>
/// <para>
/// Bytes of a block of 64 rows × 32 inputs: codes 0 to 1023 (quarters of 256), in streams of their own 128 of scales and 32 of zeros.
/// </para>
/// </remarks>
[QuantFormat("int4g32")]
[UniformCode(Bits = 4)]
[Group(32, Zero = ZeroPoint.Original)]
public readonly partial struct Int4g32;
