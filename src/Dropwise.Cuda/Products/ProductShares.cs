using System.Runtime.CompilerServices;

namespace Dropwise.Cuda;

/// <summary>
/// How the blocks of a product of few tokens share its work out, and a block among its warps: the same 40 bytes as <c>struct Shares</c> of the device
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

    /// <summary>Tiles whose products fit into shared memory at a time.</summary>
    public int RoundTiles;

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
            // Among equals the fewest passes, each of which ends at a barrier.
            int groups = Math.Min(warps / side, BlockTiles), passes = Parts(units, side);
            int cost = (passes * Parts(BlockTiles, groups) * 256) + passes;
            if (cost >= fewest) continue;
            fewest = cost;
            (PassUnits, Groups, Passes) = (side, groups, passes);
        }

        // A thread brings one row's scale. Where there are several passes, a span's scales and sums may take half of the room, and a round's products,
        // one of each unit, take the rest; otherwise a span is a round.
        int tokens = Math.Min(arguments.Tokens, launch.Tokens), rowBytes = launch.Rows * sizeof(float);
        int most = Math.Min(warps * 32 / launch.Rows, BlockTiles);
        int kept = Passes > 1 ? rowBytes * (1 + tokens) : rowBytes, products = rowBytes * tokens * PassUnits;
        SpanTiles = Passes > 1 ? Math.Min(most, launch.SumBytes / 2 / kept) : Math.Min(most, launch.SumBytes / (kept + products));
        RoundTiles = Math.Min(SpanTiles, (launch.SumBytes - (SpanTiles * kept)) / products);
        Groups = Math.Min(Groups, SpanTiles);
        if (RoundTiles > Groups) RoundTiles = RoundTiles / Groups * Groups;
        if (Passes == 1) SpanTiles = RoundTiles;
    }

    /// <summary>A block number a matrix.</summary>
    [InlineArray(ProductArguments.MaxMatrices)]
    public struct BlockList
    {
        private int _first;
    }
}
