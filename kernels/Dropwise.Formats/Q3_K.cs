namespace Dropwise.Formats;

/// <summary>GGUF Q3_K: signed 3-bit integers, 16 inputs share a signed scale of 6 bits, 256 the float16 step of these.</summary>
/// <remarks>
/// <para>Value: ŵ = S · (s_q − 32) · (q − 4) with q in [0, 7], s_q in [0, 63].</para>
/// <para>Bits a weight: 3 + 6 / 16 + 16 / 256 = 3.4375.</para>
/// <para>
/// Bytes of a block of 256 inputs: third bits 0 to 31 (a byte has the inputs i, i + 32, …), low bits 32 to 95 (i, i + 32, i + 64, i + 96), scales 96 to
/// 107 (low halves of groups g and g + 8 in the first eight bytes, upper two bits of g, g + 4, g + 8, g + 12 in the last four), step 108 and 109.
/// </para>
/// </remarks>
[QuantFormat("q3_k")]
[UniformCode(Bits = 3, Signed = true)]
[Group(16)]
[SecondLevel(ScaleBits = 6, ZeroBits = 0, GroupRows = 1)]
[Block(256, 110, SignedScales = true)]
[BlockField(BlockPart.Codes, 0, Bytes = 32, Bits = 1, Place = 2)]
[BlockField(BlockPart.Codes, 32, Bytes = 64, Bits = 2, Run = 32)]
[BlockField(BlockPart.Scales, 96, Bytes = 8, Bits = 4)]
[BlockField(BlockPart.Scales, 104, Bytes = 4, Bits = 2, Place = 4)]
[BlockField(BlockPart.ScaleStep, 108)]
public readonly partial struct Q3_K;
