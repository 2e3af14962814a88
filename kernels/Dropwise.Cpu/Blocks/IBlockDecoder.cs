namespace Dropwise.Cpu;

/// <summary>What generated code does with one block of somebody else's format; hand-written drivers are instantiated with it.</summary>
public unsafe interface IBlockDecoder
{
    /// <summary>Inputs of a block.</summary>
    static abstract int Inputs { get; }

    /// <summary>Bytes of a block.</summary>
    static abstract int Bytes { get; }

    /// <summary>Decodes one block.</summary>
    /// <param name="block">Its first byte, of any alignment; nothing behind the block is read.</param>
    /// <param name="values">Receives [<see cref="Inputs"/>] float32.</param>
    static abstract void Decode(byte* block, float* values);
}

/// <summary>The products of one block with one token's activations.</summary>
/// <typeparam name="TSum">A running sum: a float, or a vector whose lanes are summed at the end of a row.</typeparam>
public unsafe interface IBlockProducts<TSum> : IBlockDecoder
    where TSum : struct
{
    /// <summary>Adds the products of one block.</summary>
    /// <param name="block">Its first byte, of any alignment; nothing behind the block is read.</param>
    /// <param name="x">Activations in the order of the inputs, [<see cref="IBlockDecoder.Inputs"/>] int16.</param>
    /// <param name="scales">What 1 of each 16 activations stands for, [inputs / 16] float32.</param>
    /// <param name="sums">Sums of each 16 activations as they were rounded, [inputs / 16] float32.</param>
    /// <param name="sum">The sum so far.</param>
    static abstract TSum Add(byte* block, short* x, float* scales, float* sums, TSum sum);

    /// <summary>What a sum comes to.</summary>
    /// <param name="sum">The sum.</param>
    static abstract float Total(TSum sum);
}
