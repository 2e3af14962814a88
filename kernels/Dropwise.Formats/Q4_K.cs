namespace Dropwise.Formats;

/// <summary>GGUF Q4_K: unsigned 4-bit integers, 32 inputs share a scale and an offset of 6 bits, 256 the float16 steps of these.</summary>
/// <remarks>
/// <para>Value: ŵ = S · s_q · q − O · o_q with q in [0, 15], s_q and o_q in [0, 63].</para>
/// <para>Bits a weight: 4 + (6 + 6) / 32 + (16 + 16) / 256 = 4.5.</para>
/// <para>
/// Bytes of a block of 256 inputs: steps 0 and 1 of the scales, 2 and 3 of the offsets; scales 4 to 7 and offsets 8 to 11 of groups 0 to 3 in the lower six
/// bits, whose upper two bits belong to groups 4 to 7, with their low halves in 12 to 15; codes 16 to 143 (a byte has the inputs i and i + 32).
/// </para>
/// </remarks>
[QuantFormat("q4_k")]
[UniformCode(Bits = 4)]
[Group(32, Zero = ZeroPoint.Rescale)]
[SecondLevel(ScaleBits = 6, ZeroBits = 6, GroupRows = 1)]
[Block(256, 144)]
[BlockField(BlockPart.ScaleStep, 0)]
[BlockField(BlockPart.ZeroStep, 2)]
[BlockField(BlockPart.Scales, 4, Bytes = 4, Bits = 6)]
[BlockField(BlockPart.Scales, 4, Bytes = 4, Bits = 2, Shift = 6, First = 4, Place = 4)]
[BlockField(BlockPart.Zeros, 8, Bytes = 4, Bits = 6)]
[BlockField(BlockPart.Zeros, 8, Bytes = 4, Bits = 2, Shift = 6, First = 4, Place = 4)]
[BlockField(BlockPart.Scales, 12, Bytes = 4, Bits = 4, Digits = 1, First = 4)]
[BlockField(BlockPart.Zeros, 12, Bytes = 4, Bits = 4, Shift = 4, First = 4)]
[BlockField(BlockPart.Codes, 16, Bytes = 128, Bits = 4, Run = 32)]
public readonly partial struct Q4_K;
