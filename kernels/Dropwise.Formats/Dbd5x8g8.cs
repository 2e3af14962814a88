namespace Dropwise.Formats;

/// <summary>Drop-by-Drop, 1 to 5 bits a weight out of one checkpoint: nested codebooks of 256 int8 codewords of 8 weights.</summary>
[QuantFormat("dbd5x8g8")]
[AdditiveCodebook(Count = 5, CodeBits = 8, Dimension = 8, Codeword = ScalarType.Int8)]
[OutputScale(ScalarType.Float16)]
[Nested]
public readonly partial struct Dbd5x8g8;
