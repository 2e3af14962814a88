using System.Runtime.InteropServices;

namespace Dropwise.Inference.Blocks.Engines.Cuda;

/// <summary>Heads in their places, as <c>Blocks/BlockHeads.cuh</c> reads them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct HeadRows
{
    /// <summary>[tokens, width].</summary>
    public nint Wide;

    /// <summary>[positions, dimension / 2].</summary>
    public nint Cosines;

    /// <summary>[positions, dimension / 2].</summary>
    public nint Sines;

    /// <summary>[dimension], of the heads' norm.</summary>
    public nint Weight;

    /// <summary>[dimension], or 0.</summary>
    public nint Bias;

    /// <summary>[tokens · heads of the launch, dimension].</summary>
    public nint Copies;

    /// <summary>Elements of a token.</summary>
    public int Width;

    /// <summary>Query heads.</summary>
    public int Heads;

    /// <summary>Key-value heads.</summary>
    public int KeyHeads;

    /// <summary>Elements of a head.</summary>
    public int Dimension;

    /// <summary>Whether the queries of a key-value head, its key and its value follow each other.</summary>
    public int ByGroup;

    /// <summary>Whether neighbours turn.</summary>
    public int Interleaved;

    /// <summary>Tokens of a window.</summary>
    public int Tokens;

    /// <summary>The position of a window's first token.</summary>
    public int Position;

    /// <summary>The first head of the launch; keys come after queries.</summary>
    public int First;

    /// <summary>−1 turns back.</summary>
    public float Sign;

    /// <summary>What is added to the mean square.</summary>
    public float Epsilon;

    // To a multiple of eight bytes, as the device lays it out.
    private readonly int _padding;
}
