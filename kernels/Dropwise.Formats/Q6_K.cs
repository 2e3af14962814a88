namespace Dropwise.Formats;

/// <summary>GGUF Q6_K: signed 6-bit integers, 16 inputs share a signed scale of 8 bits, 256 the float16 step of these.</summary>
/// <remarks>
/// <para>Value: ŵ = S · s_q · (q − 32) with q in [0, 63], s_q in [−128, 127].</para>
/// <para>Bits a weight: 6 + 8 / 16 + 16 / 256 = 6.5625.</para>
/// <para>
/// Bytes of a block of 256 inputs: low halves 0 to 127 (a byte has the inputs i and i + 64), upper two bits 128 to 191 (i, i + 32, i + 64, i + 96), scales 192
/// to 207 in two's complement, step 208 and 209.
/// </para>
/// </remarks>
[QuantFormat("q6_k")]
[UniformCode(Bits = 6, Signed = true)]
[Group(16)]
[SecondLevel(ScaleBits = 8, ZeroBits = 0, GroupRows = 1)]
[Block(256, 210, SignedScales = true)]
[BlockField(BlockPart.Codes, 0, Bytes = 128, Bits = 4, Run = 64)]
[BlockField(BlockPart.Codes, 128, Bytes = 64, Bits = 2, Run = 32, Place = 4)]
[BlockField(BlockPart.Scales, 192, Bytes = 16, Bits = 8)]
[BlockField(BlockPart.ScaleStep, 208)]
public readonly partial struct Q6_K;
