namespace Dropwise.Formats;

/// <summary>MXFP4 of the OCP microscaling specification as GGUF stores it: floats of 4 bits (E2M1), 32 inputs share a power of two.</summary>
/// <remarks>
/// <para>Value: ŵ = 2^(e − 127) · Values[q] with q in [0, 15]: sign, two bits of exponent, one of fraction.</para>
/// <para>Bits a weight: 4 + 8 / 32 = 4.25.</para>
/// <para>Bytes of a block of 32 inputs: exponent 0, codes 1 to 16 (inputs 0 to 15 in the low halves, 16 to 31 in the high ones).</para>
/// </remarks>
[QuantFormat("mxfp4")]
[LookupCode(0f, 0.5f, 1f, 1.5f, 2f, 3f, 4f, 6f, 0f, -0.5f, -1f, -1.5f, -2f, -3f, -4f, -6f, Bits = 4)]
[Group(32, Scale = ScalarType.Exponent8)]
[Block(32, 17)]
[BlockField(BlockPart.Scales, 0)]
[BlockField(BlockPart.Codes, 1, Bytes = 16, Bits = 4)]
public readonly partial struct Mxfp4;
