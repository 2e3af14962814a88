using System.Collections.Immutable;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;

namespace Dropwise.Quantization.Planning.Sensitivity;

/// <summary>Residual streams of windows of one length, in groups of as many as an engine computes at once.</summary>
internal static unsafe class WindowStreams
{
    /// <summary>Streams before the first block.</summary>
    /// <param name="blocks">The model.</param>
    /// <param name="windows">Windows of token ids, all of one length.</param>
    /// <returns>Groups, the caller's to dispose of.</returns>
    public static ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> Embed(DecoderBlocks blocks, IReadOnlyList<ImmutableArray<int>> windows)
    {
        BlockEngine engine = blocks.Engine;
        int tokens = windows[0].Length, length = tokens * blocks.Config.HiddenSize;
        int most = engine.WindowsAtOnce(tokens, blocks.Config.Heads);
        var groups = ImmutableArray.CreateBuilder<(TokenBatch, FloatMemory)>();
        for (int first = 0; first < windows.Count; first += most)
        {
            int count = Math.Min(most, windows.Count - first);
            FloatMemory stream = engine.Allocate((long)count * length);
            for (int i = 0; i < count; i++) engine.Write(blocks.Embed(windows[first + i].AsSpan()), stream.Pointer + ((nint)i * length));
            groups.Add((new TokenBatch(count, tokens), stream));
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
