using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>
/// Rows of somebody else's blocks, as they are on disk. A tile is only a number of rows that a worker takes: nothing is interleaved, and
/// no row or input is padded.
/// </summary>
/// <param name="Format">The declaration, whose block is not null.</param>
internal sealed record BlockPacking(FormatSpec Format) : Packing
{
    /// <summary>Rows of a tile: few, so that workers share even small matrices evenly, and a multiple of the rows that a kernel takes at once.</summary>
    public const int TileRows = 16;

    /// <summary>Inputs that kernels unpack at a time, to a register of bytes.</summary>
    public const int RunInputs = 32;

    /// <summary>Inputs of half a run: the resolution of scales, because no group is smaller.</summary>
    public const int HalfInputs = 16;

    /// <summary>The block.</summary>
    public BlockSpec Block => Format.Block!;

    /// <summary>Runs of a block.</summary>
    public int Runs => Block.Inputs / RunInputs;

    /// <summary>Half runs of a block.</summary>
    public int Halves => Block.Inputs / HalfInputs;

    /// <summary>Groups of a block.</summary>
    public int Groups => Block.Inputs / Format.GroupSize;

    /// <summary>Whether scales are numbers of the block, which then is one group.</summary>
    public bool IsOneLevel => Format.SecondLevel is null;

    /// <summary>
    /// Whether a block is one run whose numbers lie within four bytes, so that a driver can collect those of many blocks; otherwise a block widens its own.
    /// </summary>
    public bool IsSmall => IsOneLevel && Runs == 1 && NumbersEnd - NumbersAt <= sizeof(int);

    /// <summary>The first byte of the first number.</summary>
    public int NumbersAt => Block.Fields.Where(static part => part.IsNumber).Min(static part => part.At);

    /// <summary>The type of a block's numbers.</summary>
    public ScalarType NumberType => Format.SecondLevel?.Stat ?? Format.GroupScale;

    private int NumbersEnd => Block.Fields.Where(static part => part.IsNumber).Max(static part => part.At + part.Bytes);
}
