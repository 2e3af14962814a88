namespace Dropwise.Formats;

/// <summary>GGUF Q2_K: unsigned 2-bit integers, 16 inputs share a scale and an offset of 4 bits, 256 the float16 steps of these.</summary>
/// <remarks>
/// <para>Value: ŵ = S · s_q · q − O · o_q with q in [0, 3], s_q and o_q in [0, 15].</para>
/// <para>Bits a weight: 2 + (4 + 4) / 16 + (16 + 16) / 256 = 2.625.</para>
/// <para>
/// Bytes of a block of 256 inputs: scales (low halves) and offsets (high halves) 0 to 15, codes 16 to 79 (a byte has the inputs i, i + 32, i + 64,
/// i + 96), steps 80 and 81 of the scales, 82 and 83 of the offsets.
/// </para>
/// </remarks>
[QuantFormat("q2_k")]
[UniformCode(Bits = 2)]
[Group(16, Zero = ZeroPoint.Rescale)]
[SecondLevel(ScaleBits = 4, ZeroBits = 4, GroupRows = 1)]
[Block(256, 84)]
[BlockField(BlockPart.Scales, 0, Bytes = 16, Bits = 4, Digits = 1)]
[BlockField(BlockPart.Zeros, 0, Bytes = 16, Bits = 4, Shift = 4)]
[BlockField(BlockPart.Codes, 16, Bytes = 64, Bits = 2, Run = 32)]
[BlockField(BlockPart.ScaleStep, 80)]
[BlockField(BlockPart.ZeroStep, 82)]
public readonly partial struct Q2_K;
