using System.Runtime.InteropServices;

namespace Dropwise.Inference.Blocks.Engines.Cuda;

/// <summary>Predictions of some tokens, as <c>Blocks/Divergence.cuh</c> reads them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DivergenceRows
{
    /// <summary>Logits before the cap [tokens, vocabulary]; become the gradient where it is wanted.</summary>
    public nint Model;

    /// <summary>Those of the reference; overwritten.</summary>
    public nint Reference;

    /// <summary>Receives each token's divergence, float64.</summary>
    public nint Sums;

    /// <summary>Elements of a row.</summary>
    public int Vocabulary;

    /// <summary>The cap, or 0.</summary>
    public float Cap;

    /// <summary>What gradients are multiplied by.</summary>
    public float Factor;

    /// <summary>Whether gradients are wanted.</summary>
    public int WithGradient;
}
