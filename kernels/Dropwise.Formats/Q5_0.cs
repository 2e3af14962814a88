namespace Dropwise.Formats;

/// <summary>GGUF Q5_0: signed 5-bit integers, 32 inputs share a float16 scale.</summary>
/// <remarks>
/// <para>Value: ŵ = s · (q − 16) with q in [0, 31].</para>
/// <para>Bits a weight: 5 + 16 / 32 = 5.5.</para>
/// <para>
/// Bytes of a block of 32 inputs: scale 0 and 1, fifth bits 2 to 5 (one bit an input, in order), low bits 6 to 21 (inputs 0 to 15 in the low
/// halves, 16 to 31 in the high ones).
/// </para>
/// </remarks>
[QuantFormat("q5_0")]
[UniformCode(Bits = 5, Signed = true)]
[Group(32)]
[Block(32, 22)]
[BlockField(BlockPart.Scales, 0)]
[BlockField(BlockPart.Codes, 2, Bytes = 4, Bits = 1, Run = 1, Place = 4)]
[BlockField(BlockPart.Codes, 6, Bytes = 16, Bits = 4)]
public readonly partial struct Q5_0;
