namespace Dropwise.Formats;

/// <summary>
/// Drop-by-Drop behind a block-Hadamard rotation of the inputs, which spreads outliers before they are quantized. One set of
/// codebooks serves a model, because rotated weights look alike everywhere, so that matrices of one input share product tables too.
/// </summary>
/// <remarks>
/// <para>Value: ŵ'[8] = s · Σ_m c_m · C_m[code_m] over the first k of four codebooks describes W·Vᵀ; kernels read V·x.</para>
/// <para>Bits a weight: 8k / 8 = k at level k, and a sign an input and 16 a row.</para>
/// <para>
/// Bytes of a tile of 256 rows × 8 inputs: codes 0 to 255 of each of k streams, in a stream of their own 512 of row scales.
/// </para>
/// </remarks>
[QuantFormat("dbd4x8g8h")]
[AdditiveCodebook(Count = 4, CodeBits = 8, Dimension = 8, Codeword = ScalarType.Int8, Scope = CodebookScope.Model)]
[InputRotation(Rotation.BlockHadamard)]
[OutputScale(ScalarType.Float16)]
[Nested]
public readonly partial struct Dbd4x8g8h;
