using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Quantization.Calibration;

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
    private readonly FloatMemory[] _outputs;
    private readonly EngineClock _clock;
    private readonly double[] _sums;
    private readonly int _group;

    /// <summary>Prepares passes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="blocks">Its layers, for the embedding.</param>
    /// <param name="reference">What the reference makes of the windows.</param>
    /// <param name="slots">The most groups of windows that are computed beside each other. Gradients are added in the order of slots, whoever computes them.</param>
    /// <param name="group">The most windows of a group, all of one length.</param>
    /// <param name="tokens">Tokens of the longest window.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <param name="clock">Times the stages.</param>
    public ModelPasses(TunedModel model, DecoderBlocks blocks, ReferenceText reference, int slots, int group, int tokens, QuantizationRun run, EngineClock clock)
    {
        (_model, _blocks, _reference, _run, _engine, _clock) = (model, blocks, reference, run, blocks.Engine, clock);
        _passes = new BlockPass[model.Layers.Length][];
        for (int layer = 0; layer < _passes.Length; layer++)
            _passes[layer] = [.. Enumerable.Range(0, slots).Select(slot => new BlockPass(model.Layers[layer].Block, layer == 0 ? null : _passes[0][slot]))];
        _ends = [.. Enumerable.Range(0, slots).Select(_ => new DivergencePass(model.FinalNorm, model.Head, reference.Head, blocks.Config.FinalLogitCap, _engine))];
        _group = group;
        long length = (long)group * tokens * blocks.Config.HiddenSize;
        _inputs = [.. Enumerable.Range(0, slots).Select(_ => Enumerable.Range(0, model.Layers.Length).Select(_ => _engine.Allocate(length)).ToArray())];
        _gradients = [.. Enumerable.Range(0, slots).Select(_ => _engine.Allocate(length))];
        _outputs = [.. Enumerable.Range(0, slots).Select(_ => _engine.Allocate(length))];
        _sums = new double[slots];
    }

    /// <summary>Windows that are computed at once.</summary>
    public int Windows => _ends.Length * _group;

    /// <summary>The divergence of each of some windows.</summary>
    /// <param name="windows">Their indices, and their tokens; those of a group have one length.</param>
    /// <returns>The mean over a window's tokens, in nats.</returns>
    public double[] Divergences(IReadOnlyList<(int Index, ImmutableArray<int> Tokens)> windows)
    {
        var divergences = new double[windows.Count];
        for (int first = 0; first < windows.Count; first += Windows)
        {
            int begin = first;
            _run.ForEach(_engine, GroupsOf(windows.Count - first), slot =>
            {
                ReadOnlySpan<(int Index, ImmutableArray<int> Tokens)> group = GroupOf(windows, begin, slot);
                TokenBatch batch = BatchOf(group);
                Forward(group, _outputs[slot], null);
                for (int i = 0; i < group.Length; i++)
                    divergences[begin + (slot * _group) + i] = _ends[slot].Forward(RowsOf(_outputs[slot], batch, i), _reference[group[i].Index]) / batch.Tokens;
            });
        }

        return divergences;
    }

    /// <summary>Takes windows there and back, and adds their gradients to those of the model.</summary>
    /// <param name="level">The level that the model was decoded at.</param>
    /// <param name="windows">Their indices, and their tokens; at most <see cref="Windows"/>; those of a group have one length.</param>
    /// <param name="factor">What a window's mean divergence counts.</param>
    /// <returns>The sum of the windows' mean divergences, in nats; not multiplied.</returns>
    public double AddGradients(int level, IReadOnlyList<(int Index, ImmutableArray<int> Tokens)> windows, double factor)
    {
        int groups = GroupsOf(windows.Count);
        using (_clock.In("forward")) _run.ForEach(_engine, groups, slot => Forward(GroupOf(windows, 0, slot), _outputs[slot], _inputs[slot]));
        using (_clock.In("predictions")) _run.ForEach(_engine, groups, slot => _sums[slot] = BackwardPredictions(GroupOf(windows, 0, slot), slot, factor));
        for (int slot = 0; slot < groups; slot++) _model.AddFinalNorm(_ends[slot]);
        for (int layer = _passes.Length - 1; layer >= 0; layer--)
        {
            BlockPass[] passes = _passes[layer];
            using (_clock.In("backward"))
            {
                _run.ForEach(_engine, groups, slot =>
                {
                    TokenBatch batch = BatchOf(GroupOf(windows, 0, slot));
                    passes[slot].Forward(_inputs[slot][layer].Pointer, batch);
                    passes[slot].Backward(_gradients[slot].Pointer);
                    _engine.Copy(passes[slot].InputGradientRows, _gradients[slot].View(batch.Count, _blocks.Config.HiddenSize));
                });
            }

            using (_clock.In("gradients")) _model.Gradients[layer].Add(level, passes.AsMemory(0, groups), _run);
        }

        return _sums.AsSpan(0, groups).ToArray().Sum();
    }

    /// <summary>The second moments of what every linear map reads, of the model as it was decoded last.</summary>
    /// <param name="windows">Windows of text; those of a group have one length.</param>
    /// <param name="products">What multiplies.</param>
    /// <returns>H of each layer's linear maps, one instance for maps that read the same.</returns>
    public InputMoments[][] Moments(IReadOnlyList<(int Index, ImmutableArray<int> Tokens)> windows, IInputProducts products)
    {
        var sums = new MomentSums[_passes.Length];
        for (int layer = 0; layer < sums.Length; layer++) sums[layer] = new MomentSums(products);
        for (int first = 0; first < windows.Count; first += Windows)
        {
            int begin = first, groups = GroupsOf(windows.Count - first);
            _run.ForEach(_engine, groups, slot =>
            {
                Forward(GroupOf(windows, begin, slot), _outputs[slot], _inputs[slot]);
                _engine.Clear(_gradients[slot].Pointer, _gradients[slot].Length);
            });
            for (int layer = 0; layer < sums.Length; layer++)
            {
                // Maps say what they have read when a gradient comes back, here one of zeros.
                BlockPass[] passes = _passes[layer];
                _run.ForEach(_engine, groups, slot =>
                {
                    passes[slot].Forward(_inputs[slot][layer].Pointer, BatchOf(GroupOf(windows, begin, slot)));
                    passes[slot].Backward(_gradients[slot].Pointer);
                });
                sums[layer].Add(passes.AsSpan(0, groups));
            }
        }

        return [.. sums.Select(static sum => sum.Complete())];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (BlockPass pass in _passes.SelectMany(static layer => layer)) pass.Dispose();
        foreach (DivergencePass end in _ends) end.Dispose();
        foreach (FloatMemory memory in _inputs.SelectMany(static slot => slot).Concat(_gradients).Concat(_outputs)) memory.Dispose();
    }

    /// <summary>The streams of a group's windows behind the last layer; what each layer reads is kept where somebody wants it.</summary>
    private void Forward(ReadOnlySpan<(int Index, ImmutableArray<int> Tokens)> group, FloatMemory stream, FloatMemory[]? inputs)
    {
        TokenBatch batch = BatchOf(group);
        int hidden = _blocks.Config.HiddenSize;
        for (int i = 0; i < group.Length; i++) _engine.Write(_blocks.Embed(group[i].Tokens.AsSpan()), RowsOf(stream, batch, i).Data);
        for (int layer = 0; layer < _model.Layers.Length; layer++)
        {
            if (inputs is not null) _engine.Copy(stream.View(batch.Count, hidden), inputs[layer].View(batch.Count, hidden));
            _model.Layers[layer].Block.Forward(stream.Pointer, batch);
        }
    }

    /// <summary>The divergences of a group's predictions, and their gradient behind the last layer.</summary>
    /// <returns>The sum of the windows' mean divergences.</returns>
    private double BackwardPredictions(ReadOnlySpan<(int Index, ImmutableArray<int> Tokens)> group, int slot, double factor)
    {
        TokenBatch batch = BatchOf(group);
        double sum = 0;
        for (int i = 0; i < group.Length; i++)
            sum += _ends[slot].Backward(RowsOf(_outputs[slot], batch, i), _reference[group[i].Index], factor / batch.Tokens, RowsOf(_gradients[slot], batch, i)) / batch.Tokens;
        return sum;
    }

    private int GroupsOf(int windows) => Math.Min(_ends.Length, (windows + _group - 1) / _group);

    private ReadOnlySpan<(int Index, ImmutableArray<int> Tokens)> GroupOf(IReadOnlyList<(int Index, ImmutableArray<int> Tokens)> windows, int first, int slot)
    {
        first += slot * _group;
        var group = new (int, ImmutableArray<int>)[Math.Min(_group, windows.Count - first)];
        for (int i = 0; i < group.Length; i++)
        {
            group[i] = windows[first + i];
            if (group[i].Item2.Length != group[0].Item2.Length) throw new ArgumentException($"windows of {group[0].Item2.Length} and of {group[i].Item2.Length} tokens in one group", nameof(windows));
        }

        return group;
    }

    private static TokenBatch BatchOf(ReadOnlySpan<(int Index, ImmutableArray<int> Tokens)> group) => new(group.Length, group[0].Tokens.Length);

    private FloatView RowsOf(FloatMemory memory, TokenBatch batch, int window) =>
        memory.View(batch.Count, _blocks.Config.HiddenSize).RowsFrom(window * batch.Tokens, batch.Tokens);
}
