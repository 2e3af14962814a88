namespace Dropwise.Formats;

/// <summary>One codebook of 256 float16 codewords of 8 weights: 1 bit a weight (AQLM 1x8).</summary>
/// <remarks>
/// <para>Value: ŵ[8] = s · C[code], C being 256 float16 codewords of the matrix, s a row's.</para>
/// <para>Bits a weight: 8 / 8 = 1, and 32768 of codebook and 16 a row.</para>
/// <para>
/// Bytes of a tile of 256 rows × 8 inputs: codes 0 to 255, in a stream of their own 512 of row scales.
/// </para>
/// </remarks>
[QuantFormat("aq1x8g8")]
[AdditiveCodebook(Count = 1, CodeBits = 8, Dimension = 8)]
[OutputScale(ScalarType.Float16)]
public readonly partial struct Aq1x8g8;
