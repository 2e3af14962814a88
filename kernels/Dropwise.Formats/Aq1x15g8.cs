namespace Dropwise.Formats;

/// <summary>One codebook of 32,768 float16 codewords of 8 weights: 2 bits a weight (AQLM 1x15, groups of 8).</summary>
/// <remarks>
/// <para>Value: ŵ[8] = s · C[code], C being 32,768 float16 codewords of the matrix, s a row's.</para>
/// <para>Bits a weight: 16 / 8 = 2, because a code of 15 bits takes two bytes, and 4,194,304 of codebook and 16 a row.</para>
/// <para>Bytes of a tile of 64 rows × K inputs: codes 0 to 16 · K − 1, row after row, in a stream of their own 128 of row scales.</para>
/// </remarks>
[QuantFormat("aq1x15g8")]
[AdditiveCodebook(Count = 1, CodeBits = 15, Dimension = 8)]
[OutputScale(ScalarType.Float16)]
public readonly partial struct Aq1x15g8;
