namespace Dropwise.Formats;

/// <summary>The sum of four codebooks of 16 float16 codewords of 4 weights: 4 bits a weight, with tables of a single shuffle.</summary>
[QuantFormat("aq4x4g4")]
[AdditiveCodebook(Count = 4, CodeBits = 4, Dimension = 4)]
[OutputScale(ScalarType.Float16)]
public readonly partial struct Aq4x4g4;
