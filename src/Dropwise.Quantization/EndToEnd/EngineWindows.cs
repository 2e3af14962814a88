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

    /// <summary>Does something with each of some windows, beside each other where the engine lets threads compute beside each other.</summary>
    /// <param name="engine">What computes.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <param name="count">Windows.</param>
    /// <param name="body">Receives the index of one; writes only what is that window's.</param>
    public static void ForEach(BlockEngine engine, QuantizationRun run, int count, Action<int> body)
    {
        if (engine.IsConcurrent)
        {
            run.ForPieces(count, 1, (index, _) => body(index));
            return;
        }

        for (int index = 0; index < count; index++)
        {
            run.Cancellation.ThrowIfCancellationRequested();
            body(index);
        }
    }
}
