using System.Collections.Immutable;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Quantization.EndToEnd;

namespace Dropwise.Quantization.Planning.Sensitivity;

/// <summary>Takes windows of text, all of one length, through plans: block after block, all windows through one before the next, because a block has to be decoded first.</summary>
internal sealed unsafe class PlanPasses : IDisposable
{
    private readonly TieredBlocks _blocks;
    private readonly ReferenceText _reference;
    private readonly ImmutableArray<int> _windows;
    private readonly int _tokens;
    private readonly Action _passed;
    private readonly QuantizationRun _run;
    private readonly BlockEngine _engine;
    private readonly ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> _embedded;
    private readonly DivergencePass[] _ends;

    /// <summary>Prepares passes.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="reference">What the reference makes of the text.</param>
    /// <param name="text">All windows of the text.</param>
    /// <param name="windows">The windows of it that are measured.</param>
    /// <param name="passed">Hears of each block that text went through.</param>
    /// <param name="run">Workers and cancellation.</param>
    public PlanPasses(TieredBlocks blocks, ReferenceText reference, ImmutableArray<ImmutableArray<int>> text, IEnumerable<int> windows, Action passed, QuantizationRun run)
    {
        (_blocks, _reference, _passed, _run, _engine, _windows, _tokens) = (blocks, reference, passed, run, blocks.Engine, [.. windows], text[0].Length);
        _embedded = WindowStreams.Embed(blocks.Original, [.. _windows.Select(window => text[window])]);
        _ends = [.. Enumerable.Range(0, _engine.IsConcurrent ? run.Workers : 1).Select(_ =>
            new DivergencePass(blocks.Original.ReadFinalNorm(), blocks.Head, reference.Head, blocks.Original.Config.FinalLogitCap, _engine))];
    }

    /// <summary>The divergence KL(reference ‖ model) of a plan.</summary>
    /// <param name="plan">The tier of each block.</param>
    /// <returns>The mean over the tokens of each window, in nats.</returns>
    /// <exception cref="QuantizationException">Predictions are no numbers.</exception>
    public double[] Divergences(IReadOnlyList<int> plan)
    {
        ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> streams = WindowStreams.Copy(_embedded, _engine);
        try
        {
            for (int block = 0; block < plan.Count; block++) Pass(streams, block, plan[block]);
            return End(streams);
        }
        finally
        {
            WindowStreams.Free(streams);
        }
    }

    /// <summary>Measures each block at each tier while the others are what a plan says. Text goes through the blocks before one of them once.</summary>
    /// <param name="around">The tier of the other blocks.</param>
    /// <param name="tiers">Tiers to measure.</param>
    /// <returns>The mean divergence, [blocks][tiers], in nats a token.</returns>
    /// <exception cref="QuantizationException">Predictions are no numbers.</exception>
    public ImmutableArray<ImmutableArray<double>> Costs(IReadOnlyList<int> around, int tiers)
    {
        double center = Divergences(around).Average();
        var costs = ImmutableArray.CreateBuilder<ImmutableArray<double>>(around.Count);
        ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> before = WindowStreams.Copy(_embedded, _engine);
        try
        {
            for (int block = 0; block < around.Count; block++)
            {
                costs.Add([.. Enumerable.Range(0, tiers).Select(tier => tier == around[block] ? center : Changed(before, around, block, tier))]);
                Pass(before, block, around[block]);
            }

            return costs.MoveToImmutable();
        }
        finally
        {
            WindowStreams.Free(before);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        WindowStreams.Free(_embedded);
        foreach (DivergencePass end in _ends) end.Dispose();
    }

    private double Changed(ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> before, IReadOnlyList<int> around, int changed, int tier)
    {
        ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> streams = WindowStreams.Copy(before, _engine);
        try
        {
            Pass(streams, changed, tier);
            for (int block = changed + 1; block < around.Count; block++) Pass(streams, block, around[block]);
            return End(streams).Average();
        }
        finally
        {
            WindowStreams.Free(streams);
        }
    }

    private void Pass(ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> streams, int block, int tier)
    {
        _blocks.With(block, tier, read => _run.ForEach(_engine, streams.Length, i => read.Forward(streams[i].Stream.Pointer, streams[i].Batch)));
        _passed();
    }

    private double[] End(ImmutableArray<(TokenBatch Batch, FloatMemory Stream)> streams)
    {
        var divergences = new double[_windows.Length];
        int hidden = _blocks.Original.Config.HiddenSize, group = streams[0].Batch.Windows;

        // Logits take room, so each thread has room for one window of them.
        _run.ForEach(_engine, _ends.Length, slot =>
        {
            for (int window = slot; window < divergences.Length; window += _ends.Length)
            {
                (TokenBatch batch, FloatMemory stream) = streams[window / group];
                divergences[window] = _ends[slot].Forward(
                    stream.View(batch.Count, hidden).RowsFrom(window % group * _tokens, _tokens), _reference[_windows[window]]) / _tokens;
            }
        });
        return Array.TrueForAll(divergences, double.IsFinite)
            ? divergences
            : throw new QuantizationException($"{_blocks.Path}: the divergence of its predictions is no number; a weight or a scale may be none");
    }
}
