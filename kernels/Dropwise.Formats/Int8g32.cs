namespace Dropwise.Formats;

/// <summary>Eight-bit integers, symmetric: 32 inputs share a float16 scale.</summary>
/// <remarks>
/// <para>Value: ŵ = s · q with q in [−128, 127], stored in two's complement.</para>
/// <para>Bits a weight: 8 + 16 / 32 = 8.5.</para>
/// <para>Bytes of a block of 64 rows × 32 inputs: codes 0 to 2047 (quarters of 512), in a stream of their own 128 of scales.</para>
/// </remarks>
[QuantFormat("int8g32")]
[UniformCode(Bits = 8, Signed = true)]
[Group(32)]
public readonly partial struct Int8g32;
