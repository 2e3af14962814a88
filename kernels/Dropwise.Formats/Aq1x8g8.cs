namespace Dropwise.Formats;

/// <summary>One codebook of 256 float16 codewords of 8 weights: 1 bit a weight (AQLM 1x8).</summary>
[QuantFormat("aq1x8g8")]
[AdditiveCodebook(Count = 1, CodeBits = 8, Dimension = 8)]
[OutputScale(ScalarType.Float16)]
public readonly partial struct Aq1x8g8;
