using System.Runtime.Intrinsics;

namespace Dropwise.Cpu;

/// <summary>
/// The products of blocks of 32 inputs with one token's activations. Widening a block's numbers alone would cost more than its products, so a driver
/// collects those of many blocks first.
/// </summary>
/// <typeparam name="TSum">A vector whose lanes are summed at the end of a row.</typeparam>
public unsafe interface ISmallBlockProducts<TSum> : IBlockDecoder
    where TSum : unmanaged
{
    /// <summary>Blocks whose numbers are widened at a time.</summary>
    static abstract int Lanes { get; }

    /// <summary>Where the four bytes begin, inside a block, that hold its numbers.</summary>
    static abstract int Numbers { get; }

    /// <summary>Collects the four bytes of <see cref="Lanes"/> blocks that lie one behind the other.</summary>
    /// <param name="blocks">The first byte of the first; nothing behind the last is read.</param>
    /// <param name="numbers">Receives four bytes of each.</param>
    static abstract void Collect(byte* blocks, int* numbers);

    /// <summary>Widens the numbers of <see cref="Lanes"/> blocks.</summary>
    /// <param name="numbers">Four bytes of each block.</param>
    /// <param name="scales">Receives the scales; may be <paramref name="numbers"/>.</param>
    /// <param name="offsets">Receives the offsets, where there are any.</param>
    static abstract void Widen(int* numbers, float* scales, float* offsets);

    /// <summary>Multiplies the scales of <see cref="Lanes"/> blocks with those of the activations.</summary>
    /// <param name="scales">The scales.</param>
    /// <param name="x">What 1 of each 32 activations stands for.</param>
    /// <param name="products">Receives the products.</param>
    static abstract void Scale(float* scales, float* x, float* products);

    /// <summary>Adds what the offsets of <see cref="Lanes"/> blocks contribute; nothing where there are none.</summary>
    /// <param name="offsets">The offset of each block, and anything behind the last.</param>
    /// <param name="count">Blocks; more than <see cref="Lanes"/> count as many.</param>
    /// <param name="sums">Sums of each 32 activations as they were rounded, and anything behind the last.</param>
    /// <param name="sum">The sum so far.</param>
    static abstract TSum Offset(float* offsets, int count, float* sums, TSum sum);

    /// <summary>Adds the products of one block, without its offset.</summary>
    /// <param name="block">Its first byte, of any alignment; nothing behind the block is read.</param>
    /// <param name="x">Activations in the order of the inputs, [32] int16.</param>
    /// <param name="scale">The block's scale, as <see cref="Scale"/> wrote it.</param>
    /// <param name="sum">The sum so far.</param>
    static abstract TSum Add(byte* block, short* x, float* scale, TSum sum);

    /// <summary>What the sums of four rows come to.</summary>
    /// <param name="sum0">The sum of the first row.</param>
    /// <param name="sum1">The sum of the second row.</param>
    /// <param name="sum2">The sum of the third row.</param>
    /// <param name="sum3">The sum of the fourth row.</param>
    static abstract Vector128<float> Totals(TSum sum0, TSum sum1, TSum sum2, TSum sum3);
}
