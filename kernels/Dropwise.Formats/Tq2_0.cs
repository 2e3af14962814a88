namespace Dropwise.Formats;

/// <summary>GGUF TQ2_0: ternary weights in two bits each; 256 inputs share a float16 scale.</summary>
/// <remarks>
/// <para>Value: ŵ = s · (q − 1) with q in [0, 2]; the fourth code would be 2.</para>
/// <para>Bits a weight: 2 + 16 / 256 = 2.0625.</para>
/// <para>Bytes of a block of 256 inputs: codes 0 to 63 (a byte has the inputs i, i + 32, i + 64, i + 96), scale 64 and 65.</para>
/// </remarks>
[QuantFormat("tq2_0")]
[LookupCode(-1f, 0f, 1f, 2f, Bits = 2)]
[Group(256)]
[Block(256, 66)]
[BlockField(BlockPart.Codes, 0, Bytes = 64, Bits = 2, Run = 32)]
[BlockField(BlockPart.Scales, 64)]
public readonly partial struct Tq2_0;
