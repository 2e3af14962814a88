namespace Dropwise.Generators.Lowering;

/// <summary>
/// The layout of additive codes of more than 8 bits: a plane a codebook, and in a plane row after row, each code 16 bits, little-endian,
/// whatever its width. A product gathers a codeword for each code, so that nothing is gained by bringing rows together; and a row after the
/// other is what authors publish, whose files are then read in place.
/// </summary>
/// <param name="Codebooks">Codebooks of the format, each a stream.</param>
/// <param name="CodeBits">Bits of a code: 9 to 16. Bits above them are not looked at: published files repeat the sign there.</param>
/// <param name="Dimension">Inputs of a run.</param>
internal sealed record WideCodePacking(int Codebooks, int CodeBits, int Dimension) : Packing
{
    /// <summary>Rows of a tile, what workers share out and a panel holds; rows are padded to whole tiles.</summary>
    public const int TileRows = 64;

    /// <summary>Bytes of a stored code.</summary>
    public const int CodeBytes = 2;

    /// <summary>The code in a stored word, as an expression.</summary>
    /// <param name="codeBits">Bits of a code.</param>
    /// <param name="word">The word.</param>
    public static string CodeOf(int codeBits, string word) => codeBits == 16 ? word : $"({word} & {(1 << codeBits) - 1})";
}
