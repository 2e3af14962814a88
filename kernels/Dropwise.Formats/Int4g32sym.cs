namespace Dropwise.Formats;

/// <summary>Four-bit integers, symmetric: 32 inputs share a float16 scale.</summary>
/// <remarks>
/// <para>Value: ŵ = s · q with q in [−8, 7], stored as q + 8.</para>
/// <para>Bits a weight: 4 + 16 / 32 = 4.5.</para>
/// <para>Bytes of a block of 64 rows × 32 inputs: codes 0 to 1023 (quarters of 256), in a stream of their own 128 of scales.</para>
/// </remarks>
[QuantFormat("int4g32sym")]
[UniformCode(Bits = 4, Signed = true)]
[Group(32)]
public readonly partial struct Int4g32sym;
