namespace Dropwise.Formats;

/// <summary>GGUF Q5_K: unsigned 5-bit integers, 32 inputs share a scale and an offset of 6 bits, 256 the float16 steps of these.</summary>
/// <remarks>
/// <para>Value: ŵ = S · s_q · q − O · o_q with q in [0, 31], s_q and o_q in [0, 63].</para>
/// <para>Bits a weight: 5 + (6 + 6) / 32 + (16 + 16) / 256 = 5.5.</para>
/// <para>
/// Bytes of a block of 256 inputs: steps, scales and offsets 0 to 15 as in <see cref="Q4_K"/>; fifth bits 16 to 47 (a byte has the inputs i, i + 32, …), low
/// bits 48 to 175 (i and i + 32).
/// </para>
/// </remarks>
[QuantFormat("q5_k")]
[UniformCode(Bits = 5)]
[Group(32, Zero = ZeroPoint.Rescale)]
[SecondLevel(ScaleBits = 6, ZeroBits = 6, GroupRows = 1)]
[Block(256, 176)]
[BlockField(BlockPart.ScaleStep, 0)]
[BlockField(BlockPart.ZeroStep, 2)]
[BlockField(BlockPart.Scales, 4, Bytes = 4, Bits = 6)]
[BlockField(BlockPart.Scales, 4, Bytes = 4, Bits = 2, Shift = 6, First = 4, Place = 4)]
[BlockField(BlockPart.Zeros, 8, Bytes = 4, Bits = 6)]
[BlockField(BlockPart.Zeros, 8, Bytes = 4, Bits = 2, Shift = 6, First = 4, Place = 4)]
[BlockField(BlockPart.Scales, 12, Bytes = 4, Bits = 4, Digits = 1, First = 4)]
[BlockField(BlockPart.Zeros, 12, Bytes = 4, Bits = 4, Shift = 4, First = 4)]
[BlockField(BlockPart.Codes, 16, Bytes = 32, Bits = 1, Place = 4)]
[BlockField(BlockPart.Codes, 48, Bytes = 128, Bits = 4, Run = 32)]
public readonly partial struct Q5_K;
