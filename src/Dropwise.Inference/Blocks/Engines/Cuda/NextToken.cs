using System.Runtime.InteropServices;

namespace Dropwise.Inference.Blocks.Engines.Cuda;

/// <summary>One more token of each window, as <c>Blocks/BlockAttention.cuh</c> reads it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NextToken
{
    /// <summary>Turned queries and keys, and values [windows, room, width].</summary>
    public nint Past;

    /// <summary>Room for [windows · heads, room].</summary>
    public nint Scores;

    /// <summary>Receives [windows, heads · dimension].</summary>
    public nint Attended;

    /// <summary>Positions of a window that there is room for.</summary>
    public int Room;

    /// <summary>The token's position.</summary>
    public int Position;

    /// <summary>Positions that a query sees, its own with them.</summary>
    public int Window;

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

    /// <summary>What scores are multiplied by.</summary>
    public float Scale;

    /// <summary>What bounds them, or 0.</summary>
    public float Cap;
}
