using System.Runtime.InteropServices;

namespace Dropwise.Inference.Blocks.Engines.Cuda;

/// <summary>Predictions that tokens are drawn from, as <c>Blocks/Divergence.cuh</c> reads them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DrawnRows
{
    /// <summary>Logits before the cap [rows, vocabulary]; bounded in place.</summary>
    public nint Logits;

    /// <summary>Float64 [rows], each at least 0 and below 1.</summary>
    public nint Points;

    /// <summary>Receives int32 [rows].</summary>
    public nint Tokens;

    /// <summary>Elements of a row.</summary>
    public int Vocabulary;

    /// <summary>The cap, or 0.</summary>
    public float Cap;
}
