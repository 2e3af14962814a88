namespace Dropwise.Cuda.Tests;

/// <summary>How a product of few tokens is shared out: arithmetic on the host, whose mistakes a device would show as wrong memory or as a hang.</summary>
public sealed class ProductSharesTests
{
    private const int TileRows = 16;

    // The shared memory for sums of the smallest block: what lies before the tables.
    private const int LeastSumBytes = 31744;

    public static TheoryData<int, int, int> Kernels => new(
        from tokens in (int[])[1, 2, 3, 4, 5, 7, 8, 9, 13, 14, 15, 16]
        from unitColumns in (int[])[256, 512]
        from sumBytes in (int[])[LeastSumBytes, 98304]
        select (tokens, unitColumns, sumBytes));

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Every_unit_of_every_tile_has_a_warp_and_sums_stay_inside_their_memory(int tokens, int unitColumns, int sumBytes)
    {
        var launch = new KernelLaunch { Rows = TileRows, Tokens = TileRows, UnitColumns = unitColumns, SumBytes = sumBytes };
        foreach (int paddedColumns in (int[])[512, 1024, 4096, 5632, 14336, 28672])
        {
            foreach (int warps in (int[])[4, 8, 10, 12, 16])
            {
                foreach (int most in (int[])[1, 132, 264, 528]) Check(launch, tokens, paddedColumns, warps, most, [4096, 1024, 1024]);
                Check(launch, tokens, paddedColumns, warps, 132, [1]);
                Check(launch, tokens, paddedColumns, warps, 264, [128256, 17, 300, 16]);
            }
        }
    }

    private static void Check(KernelLaunch launch, int tokens, int paddedColumns, int warps, int most, int[] rows)
    {
        var arguments = new ProductArguments { MatrixCount = rows.Length, Tokens = tokens, PaddedColumns = paddedColumns };
        for (int i = 0; i < rows.Length; i++) arguments.Matrices[i].Rows = rows[i];
        int blocks = most;
        ProductShares shares = ProductShares.Of(launch, arguments, warps * 32, ref blocks);

        // Blocks: those of a matrix follow those of the one before and hold all of its tiles, none of them without any.
        Assert.InRange(blocks, rows.Length, Math.Max(most, rows.Length));
        for (int i = 0; i < rows.Length; i++)
        {
            int end = i + 1 < rows.Length ? shares.FirstBlocks[i + 1] : blocks, tiles = (rows[i] + TileRows - 1) / TileRows;
            int own = end - shares.FirstBlocks[i];
            Assert.InRange(tiles, ((own - 1) * shares.BlockTiles) + 1, own * shares.BlockTiles);
        }

        // Warps: each pass has one for every unit, in every group.
        int units = paddedColumns / launch.UnitColumns;
        Assert.InRange(units, ((shares.Passes - 1) * shares.PassUnits) + 1, shares.Passes * shares.PassUnits);
        Assert.InRange(shares.Groups * shares.PassUnits, 1, warps);

        // Memory: a span's scales and its products of each unit of a pass. A thread brings one row's scale.
        Assert.InRange(shares.Groups, 1, shares.SpanTiles);
        Assert.Equal(0, shares.SpanTiles % shares.Groups);
        Assert.InRange(shares.SpanTiles * TileRows, 1, warps * 32);
        Assert.InRange(shares.SpanTiles * (1 + (shares.PassUnits * tokens)) * TileRows * sizeof(float), 1, launch.SumBytes);
    }
}
