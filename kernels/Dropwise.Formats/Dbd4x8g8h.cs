namespace Dropwise.Formats;

/// <summary>
/// Drop-by-Drop behind a block-Hadamard rotation of the inputs, which spreads outliers before they are quantized. One set of
/// codebooks serves a model, because rotated weights look alike everywhere, so that matrices of one input share product tables too.
/// </summary>
[QuantFormat("dbd4x8g8h")]
[AdditiveCodebook(Count = 4, CodeBits = 8, Dimension = 8, Codeword = ScalarType.Int8, Scope = CodebookScope.Model)]
[InputRotation(Rotation.BlockHadamard)]
[OutputScale(ScalarType.Float16)]
[Nested]
public readonly partial struct Dbd4x8g8h;
