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

    /// <summary>Multiplies the scales of <see cref="Lanes"/> blocks with those of the activations.</summary>
    /// <param name="numbers">Four bytes of each block.</param>
    /// <param name="x">What 1 of each 32 activations stands for.</param>
    /// <param name="scales">Receives the products.</param>
    static abstract void Scale(int* numbers, float* x, float* scales);

    /// <summary>Adds what the offsets of <see cref="Lanes"/> blocks contribute; nothing where there are none.</summary>
    /// <param name="numbers">Four bytes of each block, and anything behind the last.</param>
    /// <param name="count">Blocks; more than <see cref="Lanes"/> count as many.</param>
    /// <param name="sums">Sums of each 16 activations as they were rounded.</param>
    /// <param name="sum">The sum so far.</param>
    static abstract TSum Offset(int* numbers, int count, float* sums, TSum sum);

    /// <summary>Adds the products of one block, without its offset.</summary>
    /// <param name="block">Its first byte, of any alignment; nothing behind the block is read.</param>
    /// <param name="x">Activations in the order of the inputs, [32] int16.</param>
    /// <param name="scale">The block's scale, as <see cref="Scale"/> wrote it.</param>
    /// <param name="sum">The sum so far.</param>
    static abstract TSum Add(byte* block, short* x, float* scale, TSum sum);

    /// <summary>The sum of two sums.</summary>
    /// <param name="first">One.</param>
    /// <param name="second">The other.</param>
    static abstract TSum Join(TSum first, TSum second);

    /// <summary>What a sum comes to.</summary>
    /// <param name="sum">The sum.</param>
    static abstract float Total(TSum sum);
}
