namespace Dropwise.Formats;

/// <summary>GGUF IQ4_XS: the table of <see cref="Iq4_Nl"/>, 32 inputs share a signed scale of 6 bits, 256 the float16 step of these.</summary>
/// <remarks>
/// <para>Value: ŵ = S · (s_q − 32) · Values[q] with q in [0, 15], s_q in [0, 63].</para>
/// <para>Bits a weight: 4 + 6 / 32 + 16 / 256 = 4.25.</para>
/// <para>
/// Bytes of a block of 256 inputs: step 0 and 1, upper two bits of the scales 2 and 3, their low halves 4 to 7 (both in the order of the groups), codes 8 to 135
/// (16 bytes for 32 inputs, whose first half is in the low halves).
/// </para>
/// </remarks>
[QuantFormat("iq4_xs")]
[LookupCode(-127f, -104f, -83f, -65f, -49f, -35f, -22f, -10f, 1f, 13f, 25f, 38f, 53f, 69f, 89f, 113f, Bits = 4)]
[Group(32)]
[SecondLevel(ScaleBits = 6, ZeroBits = 0, GroupRows = 1)]
[Block(256, 136, SignedScales = true)]
[BlockField(BlockPart.ScaleStep, 0)]
[BlockField(BlockPart.Scales, 2, Bytes = 2, Bits = 2, Run = 1, Place = 4)]
[BlockField(BlockPart.Scales, 4, Bytes = 4, Bits = 4, Run = 1)]
[BlockField(BlockPart.Codes, 8, Bytes = 128, Bits = 4, Run = 16)]
public readonly partial struct Iq4_Xs;
