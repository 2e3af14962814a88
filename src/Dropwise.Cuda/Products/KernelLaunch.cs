namespace Dropwise.Cuda;

/// <summary>
/// How a kernel of products wants to be launched, as the device text itself says: the constants of its template are stated once, beside
/// the entry point, and read from the loaded module. The same 32 bytes as <c>struct KernelLaunch</c> of the device code.
/// </summary>
public struct KernelLaunch
{
    /// <summary>Threads of a block; 0 where any multiple of a warp does, which the tuner then chooses.</summary>
    public int Threads;

    /// <summary>Output rows of a tile.</summary>
    public int Rows;

    /// <summary>Tokens of a tile.</summary>
    public int Tokens;

    /// <summary>Dynamic shared memory of a block.</summary>
    public int SharedBytes;

    /// <summary>What each warp of a block adds to it.</summary>
    public int WarpSharedBytes;

    /// <summary>0: a block a tile; otherwise blocks share the tiles out among themselves, at most this many a multiprocessor.</summary>
    public int Blocks;

    /// <summary>Inputs of a unit, of kernels that want <see cref="ProductArguments.Shares"/>; otherwise 0.</summary>
    public int UnitColumns;

    /// <summary>Shared memory for the sums of a block's units, which bounds the tiles of a span.</summary>
    public int SumBytes;

    /// <summary>Dynamic shared memory of a block of some threads.</summary>
    /// <param name="threads">A multiple of 32.</param>
    public readonly int SharedBytesOf(int threads) => SharedBytes + (threads / 32 * WarpSharedBytes);
}
