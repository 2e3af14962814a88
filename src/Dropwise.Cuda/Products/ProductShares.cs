using System.Runtime.CompilerServices;

namespace Dropwise.Cuda;

/// <summary>
/// How the blocks of a product of few tokens share its work out, and a block among its warps: the same 36 bytes as <c>struct Shares</c> of the device
/// code. A unit is the inputs whose activations a warp keeps in registers.
/// </summary>
public struct ProductShares
{
    /// <summary>Tiles of 16 rows of a block.</summary>
    public int BlockTiles;

    /// <summary>Where the blocks of each matrix begin.</summary>
    public BlockList FirstBlocks;

    /// <summary>Units that the warps of a block take side by side.</summary>
    public int PassUnits;

    /// <summary>Groups of such warps, which take different tiles.</summary>
    public int Groups;

    /// <summary>Passes over the units, one after the other.</summary>
    public int Passes;

    /// <summary>Tiles that all passes go over before the next ones.</summary>
    public int SpanTiles;

    /// <summary>Shares work out so that the busiest block has the fewest tiles and its busiest warp the fewest units.</summary>
    /// <param name="launch">What the kernel wants.</param>
    /// <param name="arguments">The matrices and tokens.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="blocks">The most blocks; receives those that have work.</param>
    internal static ProductShares Of(KernelLaunch launch, in ProductArguments arguments, int threads, ref int blocks)
    {
        var shares = new ProductShares();
        blocks = Math.Max(blocks, arguments.MatrixCount);
        int all = 0;
        for (int i = 0; i < arguments.MatrixCount; i++) all += Parts(arguments.Matrices[i].Rows, launch.Rows);
        for (shares.BlockTiles = Parts(all, blocks); ; shares.BlockTiles++)
        {
            int used = 0;
            for (int i = 0; i < arguments.MatrixCount; i++)
            {
                shares.FirstBlocks[i] = used;
                used += Parts(Parts(arguments.Matrices[i].Rows, launch.Rows), shares.BlockTiles);
            }

            if (used > blocks) continue;
            blocks = used;
            break;
        }

        shares.ShareAmongWarps(launch, arguments, threads / 32);
        return shares;
    }

    private static int Parts(int count, int size) => (count + size - 1) / size;

    private void ShareAmongWarps(KernelLaunch launch, in ProductArguments arguments, int warps)
    {
        int units = arguments.PaddedColumns / launch.UnitColumns;
        int fewest = int.MaxValue;
        for (int side = 1; side <= Math.Min(units, warps); side++)
        {
            // Among equals the fewest passes, each of which changes activations.
            int groups = Math.Min(warps / side, BlockTiles), passes = Parts(units, side);
            int cost = (passes * Parts(BlockTiles, groups) * 256) + passes;
            if (cost >= fewest) continue;
            fewest = cost;
            (PassUnits, Groups, Passes) = (side, groups, passes);
        }

        // A thread brings one row's scale, and each unit of a pass has products of its own. Spans are as many as must be, of about equal size, and whole
        // rounds of the groups where they have more than one.
        int tileBytes = launch.Rows * sizeof(float) * (1 + (Math.Min(arguments.Tokens, launch.Tokens) * PassUnits));
        int most = Math.Min(Math.Min(warps * 32 / launch.Rows, BlockTiles), launch.SumBytes / tileBytes);
        Groups = Math.Min(Groups, most);
        int equal = Parts(BlockTiles, Parts(BlockTiles, most));
        SpanTiles = Math.Min(Parts(equal, Groups), most / Groups) * Groups;
    }

    /// <summary>A block number a matrix.</summary>
    [InlineArray(ProductArguments.MaxMatrices)]
    public struct BlockList
    {
        private int _first;
    }
}
