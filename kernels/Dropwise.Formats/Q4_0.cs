namespace Dropwise.Formats;

/// <summary>GGUF Q4_0: signed 4-bit integers, 32 inputs share a float16 scale.</summary>
/// <remarks>
/// <para>Value: ŵ = s · (q − 8) with q in [0, 15].</para>
/// <para>Bits a weight: 4 + 16 / 32 = 4.5.</para>
/// <para>Bytes of a block of 32 inputs: scale 0 and 1, codes 2 to 17 (inputs 0 to 15 in the low halves, 16 to 31 in the high ones).</para>
/// </remarks>
[QuantFormat("q4_0")]
[UniformCode(Bits = 4, Signed = true)]
[Group(32)]
[Block(32, 18)]
[BlockField(BlockPart.Scales, 0)]
[BlockField(BlockPart.Codes, 2, Bytes = 16, Bits = 4)]
public readonly partial struct Q4_0;
