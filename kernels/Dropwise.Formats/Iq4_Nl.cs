namespace Dropwise.Formats;

/// <summary>GGUF IQ4_NL: a table of 16 integers, 32 inputs share a float16 scale.</summary>
/// <remarks>
/// <para>Value: ŵ = s · Values[q] with q in [0, 15].</para>
/// <para>Bits a weight: 4 + 16 / 32 = 4.5.</para>
/// <para>Bytes of a block of 32 inputs: scale 0 and 1, codes 2 to 17 (inputs 0 to 15 in the low halves, 16 to 31 in the high ones).</para>
/// </remarks>
[QuantFormat("iq4_nl")]
[LookupCode(-127f, -104f, -83f, -65f, -49f, -35f, -22f, -10f, 1f, 13f, 25f, 38f, 53f, 69f, 89f, 113f, Bits = 4)]
[Group(32)]
[Block(32, 18)]
[BlockField(BlockPart.Scales, 0)]
[BlockField(BlockPart.Codes, 2, Bytes = 16, Bits = 4)]
public readonly partial struct Iq4_Nl;
