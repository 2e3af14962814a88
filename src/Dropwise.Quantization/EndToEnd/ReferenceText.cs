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
    private readonly FloatMemory[] _windows;
    private readonly int _hidden;

    private ReferenceText(FloatMemory[] windows, int hidden, BlockLinear head) => (_windows, _hidden, Head) = (windows, hidden, head);

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
        FloatMemory[] streams = [.. windows.Select(window => EngineWindows.Embed(blocks, window))];
        for (int layer = 0; layer < blocks.Config.Layers; layer++)
        {
            using DecoderBlock block = blocks.Read(layer);
            DecodedWeights.Serve(block.Linears, source, int.MaxValue, run);
            run.ForEach(engine, streams.Length, i => block.Forward(streams[i].Pointer, new TokenBatch(1, windows[i].Length)));
            run.Report((layer + 1.0) / blocks.Config.Layers);
        }

        BlockNorm norm = blocks.ReadFinalNorm();
        run.ForEach(engine, streams.Length, i =>
        {
            FloatView rows = streams[i].View(windows[i].Length, hidden);
            engine.Normalize(norm, rows, rows);
        });
        BlockLinear head = blocks.ReadHead();
        DecodedWeights.Serve([head], source, int.MaxValue, run);
        return new ReferenceText(streams, hidden, head);
    }

    /// <summary>What the head reads of a window, [tokens, hidden], where the engine computes.</summary>
    /// <param name="window">The window.</param>
    public FloatView this[int window] => _windows[window].View((int)(_windows[window].Length / _hidden), _hidden);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (FloatMemory window in _windows) window.Dispose();
        Head.Dispose();
    }
}
