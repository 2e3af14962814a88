using System.Collections.Immutable;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;

namespace Dropwise.Quantization.EndToEnd;

/// <summary>Windows of text where an engine computes.</summary>
internal static unsafe class EngineWindows
{
    /// <summary>The residual stream of a window before the first layer.</summary>
    /// <param name="blocks">The model.</param>
    /// <param name="window">Token ids.</param>
    /// <returns>[tokens, hidden], the caller's to dispose of.</returns>
    public static FloatMemory Embed(DecoderBlocks blocks, ImmutableArray<int> window)
    {
        float[] embedded = blocks.Embed(window.AsSpan());
        FloatMemory stream = blocks.Engine.Allocate(embedded.Length);
        blocks.Engine.Write(embedded, stream.Pointer);
        return stream;
    }
}
