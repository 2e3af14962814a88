using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Dropwise.Cpu;

/// <summary>Products of rows of blocks with one token: the loops around generated <see cref="IBlockProducts{TSum}"/>.</summary>
public static unsafe class BlockRows
{
    // Rows are read once and in order, this far ahead of their use: enough to cover a read from memory.
    private const int PrefetchBytes = 4096;

    /// <summary>Adds the products of a tile's rows to its outputs.</summary>
    /// <param name="tile">The tile, whose activations are int16 in the order of the inputs.</param>
    /// <typeparam name="TBlock">The generated operations of a block.</typeparam>
    /// <typeparam name="TSum">Its running sum.</typeparam>
    public static void Multiply<TBlock, TSum>(TileArguments* tile)
        where TBlock : struct, IBlockProducts<TSum>
        where TSum : unmanaged
    {
        byte* row = tile->Codes[0];
        for (int i = 0; i < tile->Rows; i++, row += tile->RowBytes)
        {
            TSum sum = default;
            byte* block = row;
            short* x = (short*)tile->Activations;
            float* scales = tile->ActivationScales;
            float* sums = tile->ActivationSums;
            for (int left = tile->Inputs; left > 0; left -= TBlock.Inputs)
            {
                Prefetch(block + PrefetchBytes, TBlock.Bytes);
                sum = TBlock.Add(block, x, scales, sums, sum);
                block += TBlock.Bytes;
                x += TBlock.Inputs;
                scales += TBlock.Inputs / 32;
                sums += TBlock.Inputs / 16;
            }

            tile->Output[i] += TBlock.Total(sum);
        }
    }

    /// <summary>Asks for memory that will be read soon.</summary>
    /// <param name="address">The first byte; it need not be mapped.</param>
    /// <param name="bytes">Bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Prefetch(byte* address, int bytes)
    {
        if (!Sse.IsSupported) return;
        for (int line = 0; line < bytes; line += CacheLine.Bytes) Sse.Prefetch0(address + line);
    }
}
