namespace Dropwise.Generators.Lowering;

/// <summary>
/// The row-interleaved layout of additive codes: a plane a codebook, tiles of 256 rows (the last one holds what is left, a multiple of
/// 64), inside a tile [runs of d inputs][blocks of 64 rows]. So a plane is read as one sequential stream, a vector of codes is 64
/// rows of one run, and one table serves all of them.
/// </summary>
/// <remarks>
/// Inside a block, position 4i + j is row 16j + i: when bytes are widened to 32 bits, byte j of every lane gives 16 consecutive
/// rows. 4-bit codes keep position p in the low half of byte p and position p + 32 in the high half.
/// </remarks>
/// <param name="Codebooks">Codebooks of the format, each a stream.</param>
/// <param name="CodeBits">Bits of a code: 4 or 8.</param>
/// <param name="Dimension">Inputs of a run.</param>
internal sealed record AdditivePacking(int Codebooks, int CodeBits, int Dimension) : Packing
{
    /// <summary>Rows of a whole tile: four registers of 64 codes share the look-up table that one run loads.</summary>
    public const int TileRows = 256;

    /// <summary>Rows of a block.</summary>
    public const int BlockRows = 64;

    /// <summary>Codewords of a codebook.</summary>
    public int Codewords => 1 << CodeBits;

    /// <summary>Bytes of a block's codes for one run.</summary>
    public int BlockBytes => BlockRows * CodeBits / 8;
}
