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
        return [.. windows.Chunk(engine.WindowsAtOnce(tokens, blocks.Config.Heads)).Select(group =>
        {
            FloatMemory stream = engine.Allocate((long)group.Length * length);
            for (int i = 0; i < group.Length; i++) engine.Write(blocks.Embed(group[i].AsSpan()), stream.Pointer + ((nint)i * length));
            return (new TokenBatch(group.Length, tokens), stream);
        })];
    }

    /// <summary>Copies streams.</summary>
    /// <param name="streams">The streams.</param>
    /// <param name="engine">What computes.</param>
    /// <returns>The same groups, the caller's to dispose of.</returns>
    public static ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> Copy(ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> streams, BlockEngine engine) =>
        [.. streams.Select(group =>
        {
            FloatMemory copy = engine.Allocate(group.Stream.Length);
            int columns = (int)(copy.Length / group.Batch.Count);
            engine.Copy(group.Stream.View(group.Batch.Count, columns), copy.View(group.Batch.Count, columns));
            return (group.Batch, copy);
        })];

    /// <summary>Disposes of streams.</summary>
    /// <param name="streams">The streams.</param>
    public static void Free(ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> streams)
    {
        foreach ((_, FloatMemory stream) in streams) stream.Dispose();
    }
}
