using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>
/// The row-interleaved layout of uniform and lookup codes: tiles of 64 rows, blocks of 32 inputs, four quarters of 16 rows a block,
/// and in a quarter as many vectors of 64 bytes as a code has bits. Byte j of a row's four is input 4s + j of sub-vector s, so that one
/// vector is 16 rows × 4 inputs for byte products and 16 lanes of a row each for everything else.
/// </summary>
/// <param name="Planes">The bit planes of a code; a plane of p bits takes p vectors of each quarter.</param>
/// <param name="TwosComplement">Whether the stored field is signed; canonical codes are always offset to be unsigned.</param>
/// <param name="ZeroPlanes">The bit planes of a group's integer zero point; empty where there is none.</param>
internal sealed record PlanarPacking(EquatableArray<CodePlane> Planes, bool TwosComplement, EquatableArray<CodePlane> ZeroPlanes) : Packing
{
    /// <summary>Rows of a tile.</summary>
    public const int TileRows = 64;

    /// <summary>Inputs of a block: also the inputs that share an activation scale.</summary>
    public const int BlockInputs = 32;

    /// <summary>Row quarters of a tile.</summary>
    public const int Quarters = 4;

    /// <summary>Rows of a quarter: the 32-bit lanes of a 64-byte vector.</summary>
    public const int QuarterRows = 16;

    /// <summary>Bytes of a vector.</summary>
    public const int VectorBytes = 64;

    /// <summary>Sub-vectors of four inputs in a block.</summary>
    public const int SubVectors = BlockInputs / 4;
}
