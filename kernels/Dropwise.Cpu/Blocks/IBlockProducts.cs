namespace Dropwise.Cpu;

/// <summary>The products of one block with one token's activations, of blocks that are large enough to widen their own numbers.</summary>
/// <typeparam name="TSum">A running sum: a float, or a vector whose lanes are summed at the end of a row.</typeparam>
public unsafe interface IBlockProducts<TSum> : IBlockDecoder
    where TSum : unmanaged
{
    /// <summary>Adds the products of one block.</summary>
    /// <param name="block">Its first byte, of any alignment; nothing behind the block is read.</param>
    /// <param name="x">Activations in the order of the inputs, [inputs] int16.</param>
    /// <param name="scales">What 1 of each 32 activations stands for, [inputs / 32] float32.</param>
    /// <param name="sums">Sums of each 16 activations as they were rounded, [inputs / 16] float32.</param>
    /// <param name="sum">The sum so far.</param>
    static abstract TSum Add(byte* block, short* x, float* scales, float* sums, TSum sum);

    /// <summary>What a sum comes to.</summary>
    /// <param name="sum">The sum.</param>
    static abstract float Total(TSum sum);
}
