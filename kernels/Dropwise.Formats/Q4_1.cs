namespace Dropwise.Formats;

/// <summary>GGUF Q4_1: unsigned 4-bit integers, 32 inputs share a float16 scale and a float16 offset.</summary>
/// <remarks>
/// <para>Value: ŵ = s · q + o with q in [0, 15].</para>
/// <para>Bits a weight: 4 + (16 + 16) / 32 = 5.</para>
/// <para>Bytes of a block of 32 inputs: scale 0 and 1, offset 2 and 3, codes 4 to 19 (inputs 0 to 15 in the low halves, 16 to 31 in the high ones).</para>
/// </remarks>
[QuantFormat("q4_1")]
[UniformCode(Bits = 4)]
[Group(32, Zero = ZeroPoint.Rescale)]
[Block(32, 20)]
[BlockField(BlockPart.Scales, 0)]
[BlockField(BlockPart.Zeros, 2)]
[BlockField(BlockPart.Codes, 4, Bytes = 16, Bits = 4)]
public readonly partial struct Q4_1;
