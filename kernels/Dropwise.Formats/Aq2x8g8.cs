namespace Dropwise.Formats;

/// <summary>The sum of two codebooks of 256 float16 codewords of 8 weights: 2 bits a weight (AQLM 2x8).</summary>
[QuantFormat("aq2x8g8")]
[AdditiveCodebook(Count = 2, CodeBits = 8, Dimension = 8)]
[OutputScale(ScalarType.Float16)]
public readonly partial struct Aq2x8g8;
