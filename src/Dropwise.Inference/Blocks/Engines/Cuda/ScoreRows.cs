using System.Runtime.InteropServices;

namespace Dropwise.Inference.Blocks.Engines.Cuda;

/// <summary>Scores of whole windows, as <c>Blocks/BlockAttention.cuh</c> reads them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ScoreRows
{
    /// <summary>[windows · heads, tokens, tokens]; become weights.</summary>
    public nint Scores;

    /// <summary>The slopes of the soft cap, or 0.</summary>
    public nint Slopes;

    /// <summary>The gradients of weights, which become those of scores.</summary>
    public nint Gradients;

    /// <summary>Tokens of a window.</summary>
    public int Tokens;

    /// <summary>Positions that a query sees, its own with them.</summary>
    public int Window;

    /// <summary>What scores are multiplied by.</summary>
    public float Scale;

    /// <summary>What bounds them, or 0.</summary>
    public float Cap;
}
