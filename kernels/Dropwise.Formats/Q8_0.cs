namespace Dropwise.Formats;

/// <summary>GGUF Q8_0: signed 8-bit integers, 32 inputs share a float16 scale.</summary>
/// <remarks>
/// <para>Value: ŵ = s · q with q in [−128, 127], stored in two's complement.</para>
/// <para>Bits a weight: 8 + 16 / 32 = 8.5.</para>
/// <para>Bytes of a block of 32 inputs: scale 0 and 1, codes 2 to 33.</para>
/// </remarks>
[QuantFormat("q8_0")]
[UniformCode(Bits = 8, Signed = true)]
[Group(32)]
[Block(32, 34)]
[BlockField(BlockPart.Scales, 0)]
[BlockField(BlockPart.Codes, 2, Bytes = 32, Bits = 8)]
public readonly partial struct Q8_0;
