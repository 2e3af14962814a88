using System.Collections.Immutable;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;

namespace Dropwise.Quantization;

/// <summary>Residual streams of windows, in groups of as many of one length as an engine computes at once.</summary>
internal static unsafe class WindowStreams
{
    /// <summary>Streams before the first block.</summary>
    /// <param name="blocks">The model.</param>
    /// <param name="windows">Windows of token ids; groups take them in their order.</param>
    /// <returns>Groups, the caller's to dispose of.</returns>
    public static ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> Embed(DecoderBlocks blocks, IReadOnlyList<ImmutableArray<int>> windows)
    {
        BlockEngine engine = blocks.Engine;
        var groups = ImmutableArray.CreateBuilder<(TokenBatch, FloatMemory)>();
        for (int first = 0; first < windows.Count;)
        {
            int tokens = windows[first].Length, length = tokens * blocks.Config.HiddenSize, count = 1;
            int most = Math.Min(engine.WindowsAtOnce(tokens, blocks.Config.Heads), windows.Count - first);
            while (count < most && windows[first + count].Length == tokens) count++;
            FloatMemory stream = engine.Allocate((long)count * length);
            for (int i = 0; i < count; i++) engine.Write(blocks.Embed(windows[first + i].AsSpan()), stream.Pointer + ((nint)i * length));
            groups.Add((new TokenBatch(count, tokens), stream));
            first += count;
        }

        return groups.ToImmutable();
    }

    /// <summary>Copies streams.</summary>
    /// <param name="streams">The streams.</param>
    /// <param name="engine">What computes.</param>
    /// <returns>The same groups, the caller's to dispose of.</returns>
    public static ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> Copy(ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> streams, BlockEngine engine)
    {
        var groups = ImmutableArray.CreateBuilder<(TokenBatch, FloatMemory)>(streams.Length);
        foreach ((TokenBatch batch, FloatMemory stream) in streams)
        {
            FloatMemory copy = engine.Allocate(stream.Length);
            int columns = (int)(copy.Length / batch.Count);
            engine.Copy(stream.View(batch.Count, columns), copy.View(batch.Count, columns));
            groups.Add((batch, copy));
        }

        return groups.MoveToImmutable();
    }

    /// <summary>Disposes of streams.</summary>
    /// <param name="streams">The streams.</param>
    public static void Free(ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> streams)
    {
        foreach ((_, FloatMemory stream) in streams) stream.Dispose();
    }
}
