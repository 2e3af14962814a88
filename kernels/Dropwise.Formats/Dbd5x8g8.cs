namespace Dropwise.Formats;

/// <summary>Drop-by-Drop, 1 to 5 bits a weight out of one checkpoint: nested codebooks of 256 int8 codewords of 8 weights.</summary>
/// <remarks>
/// <para>Value: ŵ[8] = s · Σ_m c_m · C_m[code_m] over the first k of five codebooks of 256 int8 codewords; s is a row's, c_m a codebook's.</para>
/// <para>Bits a weight: 8k / 8 = k at level k, and k · 16416 of codebooks and 16 a row.</para>
/// <para>
/// Bytes of a tile of 256 rows × 8 inputs: codes 0 to 255 of each of k streams, in a stream of their own 512 of row scales.
/// </para>
/// </remarks>
[QuantFormat("dbd5x8g8")]
[AdditiveCodebook(Count = 5, CodeBits = 8, Dimension = 8, Codeword = ScalarType.Int8)]
[OutputScale(ScalarType.Float16)]
[Nested]
public readonly partial struct Dbd5x8g8;
