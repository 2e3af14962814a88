using System.Runtime.CompilerServices;

namespace Dropwise.Cpu;

/// <summary>
/// Products of rows of small blocks with one token: the loops around generated <see cref="ISmallBlockProducts{TSum}"/>. Some rows × some blocks at a time
/// go through three passes: their numbers are copied together, widened a vector at a time, and multiplied with the codes' products. (A vector
/// that is loaded right behind the stores of its elements waits until all of them have left the processor, so that passes must not be short.)
/// </summary>
public static unsafe class SmallBlockRows
{
    // Numbers of 512 blocks and what they come to are 4 KB, which stay in the first-level cache.
    private const int MostNumbers = 512;

    // With more, a group would be one row.
    private const int MostBlocks = MostNumbers / 2;

    private const int BlockInputs = 32;

    /// <summary>Adds the products of a tile's rows to its outputs.</summary>
    /// <param name="tile">The tile, whose activations are int16 in the order of the inputs.</param>
    /// <typeparam name="TBlock">The generated operations of a block.</typeparam>
    /// <typeparam name="TSum">Its running sum.</typeparam>
    [SkipLocalsInit]
    public static void Multiply<TBlock, TSum>(TileArguments* tile)
        where TBlock : struct, ISmallBlockProducts<TSum>
        where TSum : unmanaged
    {
        float* memory = stackalloc float[(2 * MostNumbers) + (CacheLine.Bytes / sizeof(float))];
        var numbers = (int*)CacheLine.Align(memory);
        int blocks = tile->Inputs / BlockInputs;
        int padded = (Math.Min(blocks, MostBlocks) + TBlock.Lanes - 1) / TBlock.Lanes * TBlock.Lanes;
        int groupRows = MostNumbers / padded;
        for (int row = 0; row < tile->Rows; row += groupRows)
        {
            int rows = Math.Min(groupRows, tile->Rows - row);
            for (int first = 0; first < blocks; first += MostBlocks)
                Group<TBlock, TSum>(tile, row, rows, first, Math.Min(MostBlocks, blocks - first), padded, numbers);
        }
    }

    private static void Group<TBlock, TSum>(TileArguments* tile, int row, int rows, int first, int count, int padded, int* numbers)
        where TBlock : struct, ISmallBlockProducts<TSum>
        where TSum : unmanaged
    {
        byte* blocks = tile->Codes[0] + (row * tile->RowBytes) + ((long)first * TBlock.Bytes);
        var scales = (float*)(numbers + MostNumbers);
        for (int i = 0; i < rows; i++) Copy(blocks + (i * tile->RowBytes) + TBlock.Numbers, TBlock.Bytes, numbers + (i * padded), count);

        for (int i = 0; i < rows; i++)
        {
            int* own = numbers + (i * padded);
            for (int b = 0; b < count; b += TBlock.Lanes) TBlock.Scale(own + b, tile->ActivationScales + first + b, scales + (i * padded) + b);
        }

        for (int i = 0; i < rows; i++)
        {
            TSum sum = default;
            int* own = numbers + (i * padded);
            for (int b = 0; b < count; b += TBlock.Lanes) sum = TBlock.Offset(own + b, count - b, tile->ActivationSums + (2 * (first + b)), sum);
            // The same place of the next group, whose numbers are copied next and would otherwise each wait for memory.
            byte* start = blocks + (i * tile->RowBytes);
            sum = Row<TBlock, TSum>(start, rows * tile->RowBytes, (short*)tile->Activations + ((long)first * BlockInputs), scales + (i * padded), count, sum);
            tile->Output[row + i] += TBlock.Total(sum);
        }
    }

    // Four at a time, because the loop costs more than the copy.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(byte* source, int stride, int* destination, int count)
    {
        for (; count >= 4; count -= 4)
        {
            destination[0] = Unsafe.ReadUnaligned<int>(source);
            destination[1] = Unsafe.ReadUnaligned<int>(source + stride);
            destination[2] = Unsafe.ReadUnaligned<int>(source + (2 * stride));
            destination[3] = Unsafe.ReadUnaligned<int>(source + (3 * stride));
            destination += 4;
            source += 4 * stride;
        }

        for (; count > 0; count--, source += stride) *destination++ = Unsafe.ReadUnaligned<int>(source);
    }

    private static TSum Row<TBlock, TSum>(byte* block, long ahead, short* x, float* scales, int count, TSum sum)
        where TBlock : struct, ISmallBlockProducts<TSum>
        where TSum : unmanaged
    {
        // Two sums, because each waits for its own last product; four blocks a turn, because the loop costs as much as one.
        TSum other = default;
        for (; count >= 4; count -= 4)
        {
            BlockRows.Prefetch(block + ahead, 4 * TBlock.Bytes);
            sum = TBlock.Add(block, x, scales, sum);
            other = TBlock.Add(block + TBlock.Bytes, x + BlockInputs, scales + 1, other);
            sum = TBlock.Add(block + (2 * TBlock.Bytes), x + (2 * BlockInputs), scales + 2, sum);
            other = TBlock.Add(block + (3 * TBlock.Bytes), x + (3 * BlockInputs), scales + 3, other);
            block += 4 * TBlock.Bytes;
            x += 4 * BlockInputs;
            scales += 4;
        }

        for (; count > 0; count--)
        {
            sum = TBlock.Add(block, x, scales, sum);
            block += TBlock.Bytes;
            x += BlockInputs;
            scales++;
        }

        return TBlock.Join(sum, other);
    }
}
