using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;

namespace Dropwise.Quantization.EndToEnd;

/// <summary>
/// Windows' way through a whole model to the divergence of its predictions, and back. What is kept on the way is the residual stream before each layer; a layer is
/// computed once more when the gradient comes back to it, so that memory holds one layer's values and not all of them.
/// </summary>
internal sealed unsafe class ModelPasses : IDisposable
{
    private readonly TunedModel _model;
    private readonly DecoderBlocks _blocks;
    private readonly ReferenceText _reference;
    private readonly BlockEngine _engine;
    private readonly QuantizationRun _run;
    private readonly BlockPass[][] _passes;
    private readonly DivergencePass[] _ends;
    private readonly FloatMemory[][] _inputs;
    private readonly FloatMemory[] _gradients;
    private readonly double[] _sums;

    /// <summary>Prepares passes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="blocks">Its layers, for the embedding.</param>
    /// <param name="reference">What the reference makes of the windows.</param>
    /// <param name="slots">The most windows that are computed at once. Gradients are added in the order of slots, whoever computes them.</param>
    /// <param name="tokens">Tokens of the longest window.</param>
    /// <param name="run">Workers and cancellation.</param>
    public ModelPasses(TunedModel model, DecoderBlocks blocks, ReferenceText reference, int slots, int tokens, QuantizationRun run)
    {
        (_model, _blocks, _reference, _run, _engine) = (model, blocks, reference, run, blocks.Engine);
        _passes = new BlockPass[model.Layers.Length][];
        for (int layer = 0; layer < _passes.Length; layer++)
            _passes[layer] = [.. Enumerable.Range(0, slots).Select(slot => new BlockPass(model.Layers[layer].Block, layer == 0 ? null : _passes[0][slot]))];
        _ends = [.. Enumerable.Range(0, slots).Select(_ => new DivergencePass(model.FinalNorm, model.Head, reference.Head, blocks.Config.FinalLogitCap, _engine))];
        long length = (long)tokens * blocks.Config.HiddenSize;
        _inputs = [.. Enumerable.Range(0, slots).Select(_ => Enumerable.Range(0, model.Layers.Length).Select(_ => _engine.Allocate(length)).ToArray())];
        _gradients = [.. Enumerable.Range(0, slots).Select(_ => _engine.Allocate(length))];
        _sums = new double[slots];
    }

    /// <summary>Windows that are computed at once.</summary>
    public int Slots => _ends.Length;

    /// <summary>The divergence of each of some windows.</summary>
    /// <param name="windows">Their indices, and their tokens.</param>
    /// <returns>The mean over a window's tokens, in nats.</returns>
    public double[] Divergences(IReadOnlyList<(int Index, ImmutableArray<int> Tokens)> windows)
    {
        var divergences = new double[windows.Count];
        for (int first = 0; first < windows.Count; first += Slots)
        {
            int begin = first;
            Windows.ForEach(_engine, _run, Math.Min(Slots, windows.Count - first), slot =>
            {
                (int index, ImmutableArray<int> tokens) = windows[begin + slot];
                using FloatMemory stream = Forward(tokens, null);
                divergences[begin + slot] = _ends[slot].Forward(Rows(stream, tokens), _reference[index]) / tokens.Length;
            });
        }

        return divergences;
    }

    /// <summary>Takes windows there and back, and adds their gradients to those of the model.</summary>
    /// <param name="level">The level that the model was decoded at.</param>
    /// <param name="windows">Their indices, and their tokens; at most <see cref="Slots"/>.</param>
    /// <param name="factor">What a window's mean divergence counts.</param>
    /// <returns>The sum of the windows' mean divergences, in nats; not multiplied.</returns>
    public double AddGradients(int level, IReadOnlyList<(int Index, ImmutableArray<int> Tokens)> windows, double factor)
    {
        Windows.ForEach(_engine, _run, windows.Count, slot =>
        {
            (int index, ImmutableArray<int> tokens) = windows[slot];
            using FloatMemory stream = Forward(tokens, _inputs[slot]);
            _sums[slot] = _ends[slot].Backward(Rows(stream, tokens), _reference[index], factor / tokens.Length, Rows(_gradients[slot], tokens)) / tokens.Length;
        });
        for (int slot = 0; slot < windows.Count; slot++) _model.AddFinalNorm(_ends[slot]);
        for (int layer = _passes.Length - 1; layer >= 0; layer--)
        {
            BlockPass[] passes = _passes[layer];
            Windows.ForEach(_engine, _run, windows.Count, slot =>
            {
                ImmutableArray<int> tokens = windows[slot].Tokens;
                passes[slot].Forward(_inputs[slot][layer].Pointer, new TokenBatch(1, tokens.Length));
                passes[slot].Backward(_gradients[slot].Pointer);
                _engine.Copy(passes[slot].InputGradientRows, Rows(_gradients[slot], tokens));
            });
            _model.Gradients[layer].Add(level, passes.AsMemory(0, windows.Count), _run);
        }

        return _sums.AsSpan(0, windows.Count).ToArray().Sum();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (BlockPass pass in _passes.SelectMany(static layer => layer)) pass.Dispose();
        foreach (DivergencePass end in _ends) end.Dispose();
        foreach (FloatMemory memory in _inputs.SelectMany(static slot => slot).Concat(_gradients)) memory.Dispose();
    }

    /// <summary>A window's stream behind the last layer; what each layer reads is kept where somebody wants it.</summary>
    private FloatMemory Forward(ImmutableArray<int> tokens, FloatMemory[]? inputs)
    {
        FloatMemory stream = Windows.Embed(_blocks, tokens);
        for (int layer = 0; layer < _model.Layers.Length; layer++)
        {
            if (inputs is not null) _engine.Copy(Rows(stream, tokens), Rows(inputs[layer], tokens));
            _model.Layers[layer].Block.Forward(stream.Pointer, new TokenBatch(1, tokens.Length));
        }

        return stream;
    }

    private FloatView Rows(FloatMemory memory, ImmutableArray<int> tokens) => memory.View(tokens.Length, _blocks.Config.HiddenSize);
}
