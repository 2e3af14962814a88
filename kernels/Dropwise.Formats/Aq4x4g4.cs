namespace Dropwise.Formats;

/// <summary>The sum of four codebooks of 16 float16 codewords of 4 weights: 4 bits a weight, with tables of a single shuffle.</summary>
/// <remarks>
/// <para>Value: ŵ[4] = s · Σ_m C_m[code_m] over four codebooks of 16 float16 codewords of the matrix, s a row's.</para>
/// <para>Bits a weight: 4 · 4 / 4 = 4, and 4096 of codebooks and 16 a row.</para>
/// <para>
/// Bytes of a tile of 256 rows × 4 inputs: codes 0 to 127 of each of four streams, two rows a byte, in a stream of their own 512 of row scales.
/// </para>
/// </remarks>
[QuantFormat("aq4x4g4")]
[AdditiveCodebook(Count = 4, CodeBits = 4, Dimension = 4)]
[OutputScale(ScalarType.Float16)]
public readonly partial struct Aq4x4g4;
