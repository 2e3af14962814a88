using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.ModelFiles;

namespace Dropwise.Quantization.EndToEnd;

/// <summary>
/// What the reference makes of a text: for each window the last residual stream behind its norm, from which its head gives predictions. Windows go through the
/// model once, layer by layer, so that only one layer of the reference has to be in memory.
/// </summary>
internal sealed unsafe class ReferenceText : IDisposable
{
    private readonly ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> _groups;
    private readonly FloatView[] _windows;

    private ReferenceText(ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> groups, int hidden, BlockLinear head)
    {
        (_groups, Head) = (groups, head);
        _windows = [.. groups.SelectMany(group => Enumerable.Range(0, group.Batch.Windows).Select(window => group.Stream.View(group.Batch.Count, hidden).RowsFrom(window * group.Batch.Tokens, group.Batch.Tokens)))];
    }

    /// <summary>The reference's head.</summary>
    public BlockLinear Head { get; }

    /// <summary>Reads a text.</summary>
    /// <param name="source">The reference.</param>
    /// <param name="windows">Windows of token ids.</param>
    /// <param name="engine">What computes.</param>
    /// <param name="run">Workers, cancellation, progress.</param>
    /// <exception cref="ModelFileException">A tensor is missing or of the wrong shape or type.</exception>
    public static ReferenceText Read(ModelSource source, ImmutableArray<ImmutableArray<int>> windows, BlockEngine engine, QuantizationRun run)
    {
        using var blocks = new DecoderBlocks(source, windows.Max(static window => window.Length), engine);
        int hidden = blocks.Config.HiddenSize;
        ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> groups = WindowStreams.Embed(blocks, windows);
        for (int layer = 0; layer < blocks.Config.Layers; layer++)
        {
            using DecoderBlock block = blocks.Read(layer);
            DecodedWeights.Serve(block.Linears, source, int.MaxValue, run);
            run.ForEach(engine, groups.Length, i => block.Forward(groups[i].Stream.Pointer, groups[i].Batch));
            run.Report((layer + 1.0) / blocks.Config.Layers);
        }

        BlockNorm norm = blocks.ReadFinalNorm();
        run.ForEach(engine, groups.Length, i =>
        {
            FloatView rows = groups[i].Stream.View(groups[i].Batch.Count, hidden);
            engine.Normalize(norm, rows, rows);
        });
        BlockLinear head = blocks.ReadHead();
        DecodedWeights.Serve([head], source, int.MaxValue, run);
        return new ReferenceText(groups, hidden, head);
    }

    /// <summary>What the head reads of a window, [tokens, hidden], where the engine computes.</summary>
    /// <param name="window">The window.</param>
    public FloatView this[int window] => _windows[window];

    /// <inheritdoc/>
    public void Dispose()
    {
        WindowStreams.Free(_groups);
        Head.Dispose();
    }
}
