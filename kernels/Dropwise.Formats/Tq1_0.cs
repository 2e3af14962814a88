namespace Dropwise.Formats;

/// <summary>GGUF TQ1_0: ternary weights, five to a byte; 256 inputs share a float16 scale.</summary>
/// <remarks>
/// <para>Value: ŵ = s · (q − 1) with q in [0, 2].</para>
/// <para>Bits a weight: (48 + 4) · 8 / 256 + 16 / 256 = 1.6875.</para>
/// <para>
/// Bytes of a block of 256 inputs: ternary digits of inputs 0 to 159 in 0 to 31 (a byte has i, i + 32, …), of 160 to 239 in 32 to 47 (i, i + 16, …), of 240 to 255
/// in 48 to 51 (i, i + 4, …); scale 52 and 53.
/// </para>
/// </remarks>
[QuantFormat("tq1_0")]
[LookupCode(-1f, 0f, 1f, Bits = 2)]
[Group(256)]
[Block(256, 54)]
[BlockField(BlockPart.Codes, 0, Bytes = 32, Base = 3)]
[BlockField(BlockPart.Codes, 32, Bytes = 16, Base = 3, First = 160)]
[BlockField(BlockPart.Codes, 48, Bytes = 4, Base = 3, Digits = 4, First = 240)]
[BlockField(BlockPart.Scales, 52)]
public readonly partial struct Tq1_0;
