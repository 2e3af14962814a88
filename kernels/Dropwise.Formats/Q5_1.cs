namespace Dropwise.Formats;

/// <summary>GGUF Q5_1: unsigned 5-bit integers, 32 inputs share a float16 scale and a float16 offset.</summary>
/// <remarks>
/// <para>Value: ŵ = s · q + o with q in [0, 31].</para>
/// <para>Bits a weight: 5 + (16 + 16) / 32 = 6.</para>
/// <para>
/// Bytes of a block of 32 inputs: scale 0 and 1, offset 2 and 3, fifth bits 4 to 7 (one bit an input, in order), low bits 8 to 23 (inputs 0 to 15 in
/// the low halves, 16 to 31 in the high ones).
/// </para>
/// </remarks>
[QuantFormat("q5_1")]
[UniformCode(Bits = 5)]
[Group(32, Zero = ZeroPoint.Rescale)]
[Block(32, 24)]
[BlockField(BlockPart.Scales, 0)]
[BlockField(BlockPart.Zeros, 2)]
[BlockField(BlockPart.Codes, 4, Bytes = 4, Bits = 1, Run = 1, Place = 4)]
[BlockField(BlockPart.Codes, 8, Bytes = 16, Bits = 4)]
public readonly partial struct Q5_1;
