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
