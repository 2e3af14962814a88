namespace Dropwise.Cpu;

/// <summary>Products of rows of blocks with one token: the loops around generated <see cref="IBlockProducts{TSum}"/>.</summary>
public static unsafe class BlockRows
{
    /// <summary>Adds the products of a tile's rows to its outputs.</summary>
    /// <param name="tile">The tile, whose activations are int16 in the order of the inputs with scales and sums every 16.</param>
    /// <typeparam name="TBlock">The generated operations of a block.</typeparam>
    /// <typeparam name="TSum">Its running sum.</typeparam>
    public static void Multiply<TBlock, TSum>(TileArguments* tile)
        where TBlock : struct, IBlockProducts<TSum>
        where TSum : struct
    {
        long rowBytes = tile->RowBytes;
        float* y = tile->Output;
        int row = 0;
        byte* first = tile->Codes[0];

        // Two rows at a time: each sum is a chain of multiply-adds, and while one waits the other's codes are unpacked.
        for (; row + 2 <= tile->Rows; row += 2, first += 2 * rowBytes)
        {
            TSum sum0 = default;
            TSum sum1 = default;
            byte* block = first;
            short* x = (short*)tile->Activations;
            float* scales = tile->ActivationScales;
            float* sums = tile->ActivationSums;
            for (int input = 0; input < tile->Inputs; input += TBlock.Inputs)
            {
                sum0 = TBlock.Add(block, x, scales, sums, sum0);
                sum1 = TBlock.Add(block + rowBytes, x, scales, sums, sum1);
                block += TBlock.Bytes;
                x += TBlock.Inputs;
                scales += TBlock.Inputs / 16;
                sums += TBlock.Inputs / 16;
            }

            y[row] += TBlock.Total(sum0);
            y[row + 1] += TBlock.Total(sum1);
        }

        if (row < tile->Rows) y[row] += Single<TBlock, TSum>(tile, first);
    }

    private static float Single<TBlock, TSum>(TileArguments* tile, byte* block)
        where TBlock : struct, IBlockProducts<TSum>
        where TSum : struct
    {
        TSum sum = default;
        for (int input = 0; input < tile->Inputs; input += TBlock.Inputs, block += TBlock.Bytes)
        {
            sum = TBlock.Add(
                block, (short*)tile->Activations + input, tile->ActivationScales + (input / 16), tile->ActivationSums + (input / 16), sum);
        }

        return TBlock.Total(sum);
    }
}
