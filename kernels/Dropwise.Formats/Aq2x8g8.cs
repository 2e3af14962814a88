namespace Dropwise.Formats;

/// <summary>The sum of two codebooks of 256 float16 codewords of 8 weights: 2 bits a weight (AQLM 2x8).</summary>
/// <remarks>
/// <para>Value: ŵ[8] = s · (C₁[code₁] + C₂[code₂]), each codebook 256 float16 codewords of the matrix, s a row's.</para>
/// <para>Bits a weight: 2 · 8 / 8 = 2, and 65536 of codebooks and 16 a row.</para>
/// <para>
/// Bytes of a tile of 256 rows × 8 inputs: codes 0 to 255 of each of two streams, in a stream of their own 512 of row scales.
/// </para>
/// </remarks>
[QuantFormat("aq2x8g8")]
[AdditiveCodebook(Count = 2, CodeBits = 8, Dimension = 8)]
[OutputScale(ScalarType.Float16)]
public readonly partial struct Aq2x8g8;
