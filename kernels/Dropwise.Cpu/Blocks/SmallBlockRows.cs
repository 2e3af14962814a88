using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dropwise.Cpu;

/// <summary>
/// Products of rows of small blocks with one token: the loops around generated <see cref="ISmallBlockProducts{TSum}"/>. Some rows × some blocks at a time
/// go through three passes: their numbers are collected, widened a vector at a time, and multiplied with the codes' products. (A vector
/// that is loaded right behind the stores of its elements waits until all of them have left the processor, so that passes must not be short.)
/// Four rows are multiplied together: a row's sum is a chain of additions that each wait for the last, and the activations are loaded once for all four.
/// </summary>
public static unsafe class SmallBlockRows
{
    // Scales and offsets of 1024 blocks are 8 KB, which stay in the first-level cache beside the activations.
    private const int MostNumbers = 1024;

    // With more, a group would not have the rows that are multiplied together.
    private const int MostBlocks = MostNumbers / Rows;

    private const int Rows = 4;
    private const int BlockInputs = 32;

    // From the scales of a group to its offsets, and from one row's products to the next one's: the last vector of either may end behind them.
    private const int MostLanes = 16;
    private const int OffsetStride = MostNumbers + MostLanes;
    private const int ProductStride = MostBlocks + MostLanes;

    // How far ahead of their products blocks are read: the numbers of a group are collected in one go and would otherwise each wait for memory. 16 KB
    // were faster than 8 and 24 (SmolLM2-135M, Zen 5).
    private const int PrefetchBytes = 16 << 10;

    /// <summary>Adds the products of a tile's rows to its outputs.</summary>
    /// <param name="tile">The tile, whose activations are int16 in the order of the inputs.</param>
    /// <typeparam name="TBlock">The generated operations of a block.</typeparam>
    /// <typeparam name="TSum">Its running sum.</typeparam>
    [SkipLocalsInit]
    public static void Multiply<TBlock, TSum>(TileArguments* tile)
        where TBlock : struct, ISmallBlockProducts<TSum>
        where TSum : unmanaged
    {
        float* memory = stackalloc float[(2 * OffsetStride) + ((Rows + 1) * ProductStride) + (CacheLine.Bytes / sizeof(float))];
        var scales = (float*)CacheLine.Align(memory);
        int blocks = tile->Inputs / BlockInputs;
        int groupRows = MostNumbers / Math.Min(blocks, MostBlocks) / Rows * Rows;
        for (int row = 0; row < tile->Rows; row += groupRows)
        {
            for (int first = 0; first < blocks; first += MostBlocks)
            {
                var group = new Group
                {
                    Blocks = tile->Codes[0] + (row * tile->RowBytes) + ((long)first * TBlock.Bytes),
                    RowBytes = tile->RowBytes,
                    Rows = Math.Min(groupRows, tile->Rows - row),
                    Count = Math.Min(MostBlocks, blocks - first),
                    Activations = (short*)tile->Activations + ((long)first * BlockInputs),
                    ActivationScales = tile->ActivationScales + first,
                    Sums = scales + (2 * OffsetStride),
                    Output = tile->Output + row,
                    Scales = scales,
                    Products = scales + (2 * OffsetStride) + ProductStride,
                };
                for (int b = 0; b < group.Count; b++) group.Sums[b] = tile->ActivationSums[2 * (first + b)] + tile->ActivationSums[(2 * (first + b)) + 1];
                Widen<TBlock, TSum>(group);
                for (int i = 0; i < group.Rows; i += Rows) FourRows<TBlock, TSum>(group, i);
            }
        }
    }

    private static void Widen<TBlock, TSum>(in Group group)
        where TBlock : struct, ISmallBlockProducts<TSum>
        where TSum : unmanaged
    {
        var numbers = (int*)group.Scales;
        int all = group.Rows * group.Count;
        bool contiguous = group.RowBytes == (long)group.Count * TBlock.Bytes;
        int length = contiguous ? all : group.Count;
        byte* run = group.Blocks;
        for (int i = 0; i < all; i += length, run += group.RowBytes) Collect<TBlock, TSum>(run, numbers + i, length);
        for (int i = 0; i < all; i += TBlock.Lanes) TBlock.Widen(numbers + i, group.Scales + i, group.Scales + OffsetStride + i);
    }

    private static void Collect<TBlock, TSum>(byte* blocks, int* numbers, int count)
        where TBlock : struct, ISmallBlockProducts<TSum>
        where TSum : unmanaged
    {
        for (; count >= TBlock.Lanes; count -= TBlock.Lanes)
        {
            TBlock.Collect(blocks, numbers);
            blocks += TBlock.Lanes * TBlock.Bytes;
            numbers += TBlock.Lanes;
        }

        BlockLanes.Collect(blocks + TBlock.Numbers, TBlock.Bytes, numbers, count);
    }

    // Where there are fewer than four rows, the last is computed again instead of those that are missing.
    private static void FourRows<TBlock, TSum>(in Group group, int row)
        where TBlock : struct, ISmallBlockProducts<TSum>
        where TSum : unmanaged
    {
        int rows = Math.Min(Rows, group.Rows - row);
        int row1 = row + Math.Min(1, rows - 1);
        int row2 = row + Math.Min(2, rows - 1);
        int row3 = row + rows - 1;
        float* scales0 = group.Scales + (row * group.Count);
        float* scales1 = group.Scales + (row1 * group.Count);
        float* scales2 = group.Scales + (row2 * group.Count);
        float* scales3 = group.Scales + (row3 * group.Count);
        float* products = group.Products;
        TSum sum0 = default;
        TSum sum1 = default;
        TSum sum2 = default;
        TSum sum3 = default;
        for (int b = 0; b < group.Count; b += TBlock.Lanes)
        {
            int left = group.Count - b;
            float* xScales = group.ActivationScales + b;
            float* xSums = group.Sums + b;
            TBlock.Scale(scales0 + b, xScales, products + b);
            TBlock.Scale(scales1 + b, xScales, products + ProductStride + b);
            TBlock.Scale(scales2 + b, xScales, products + (2 * ProductStride) + b);
            TBlock.Scale(scales3 + b, xScales, products + (3 * ProductStride) + b);
            sum0 = TBlock.Offset(scales0 + OffsetStride + b, left, xSums, sum0);
            sum1 = TBlock.Offset(scales1 + OffsetStride + b, left, xSums, sum1);
            sum2 = TBlock.Offset(scales2 + OffsetStride + b, left, xSums, sum2);
            sum3 = TBlock.Offset(scales3 + OffsetStride + b, left, xSums, sum3);
        }

        byte* block0 = group.Blocks + (row * group.RowBytes);
        byte* block1 = group.Blocks + (row1 * group.RowBytes);
        byte* block2 = group.Blocks + (row2 * group.RowBytes);
        byte* block3 = group.Blocks + (row3 * group.RowBytes);
        byte* ahead = block0 + Math.Max(PrefetchBytes, group.Rows * group.RowBytes);
        short* x = group.Activations;
        for (int left = group.Count; left > 0; left--)
        {
            BlockRows.Prefetch(ahead, Rows * TBlock.Bytes);
            sum0 = TBlock.Add(block0, x, products, sum0);
            sum1 = TBlock.Add(block1, x, products + ProductStride, sum1);
            sum2 = TBlock.Add(block2, x, products + (2 * ProductStride), sum2);
            sum3 = TBlock.Add(block3, x, products + (3 * ProductStride), sum3);
            block0 += TBlock.Bytes;
            block1 += TBlock.Bytes;
            block2 += TBlock.Bytes;
            block3 += TBlock.Bytes;
            ahead += Rows * TBlock.Bytes;
            products++;
            x += BlockInputs;
        }

        Vector128<float> totals = TBlock.Totals(sum0, sum1, sum2, sum3);
        float* output = group.Output + row;
        if (rows == Rows) (Vector128.Load(output) + totals).Store(output);
        else for (int i = 0; i < rows; i++) output[i] += totals[i];
    }

    /// <summary>Some rows × some blocks, whose numbers are widened together.</summary>
    private struct Group
    {
        /// <summary>The first block of the first row.</summary>
        public byte* Blocks;

        /// <summary>Bytes from one row to the next.</summary>
        public long RowBytes;

        /// <summary>Rows.</summary>
        public int Rows;

        /// <summary>Blocks of a row.</summary>
        public int Count;

        /// <summary>Activations at the first block.</summary>
        public short* Activations;

        /// <summary>What 1 of each 32 activations stands for.</summary>
        public float* ActivationScales;

        /// <summary>Scratch: the sum of the activations of each block, and anything behind the last.</summary>
        public float* Sums;

        /// <summary>Receives the products of each row.</summary>
        public float* Output;

        /// <summary>Scratch: the scales of all blocks, [rows, blocks], and their offsets.</summary>
        public float* Scales;

        /// <summary>Scratch: the scales of four rows, times those of the activations.</summary>
        public float* Products;
    }
}
