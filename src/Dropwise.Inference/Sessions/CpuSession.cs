using System.Collections.Immutable;
using System.Numerics;
using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>A sequence on the processor's cores.</summary>
public sealed unsafe class CpuSession : Session
{
    // The head's weights are decoded once for all tokens whose logits exist at once.
    private const int LogitsBytes = 32 << 20;

    private readonly Decoder _decoder;
    private readonly Workspace _workspace;
    private readonly ImmutableArray<LayerState> _layers;
    private readonly NativeBuffer _lastLogits;
    private NativeBuffer? _logits;

    /// <summary>Opens a session.</summary>
    /// <param name="model">The model, which must outlive the session.</param>
    /// <param name="team">The workers, which must outlive the session.</param>
    /// <param name="options">How to run.</param>
    /// <exception cref="InferenceException">The model lacks the level, or a size is not positive.</exception>
    public CpuSession(ModelWeights model, WorkerTeam team, SessionOptions options)
        : base(model.Config, options, model.Levels, model.WholeLevels)
    {
        ModelConfig config = model.Config;
        _decoder = new Decoder(model);
        _workspace = new Workspace(config, team, options.Precision, Batch);
        Dictionary<RopeConfig, RopeTable> ropes = [];
        _layers = [.. Enumerable.Range(0, config.Layers).Select(layer => new LayerState(
            RopeOf(ropes, config.RopeOf(layer), config.HeadDimension),
            new KeyValueCache(config.KeyValueHeads, config.HeadDimension, Context, config.Layer(layer).Window, Batch)))];
        _lastLogits = new NativeBuffer((long)Vocabulary * sizeof(float));

        // A power of two, because it divides most batches.
        long fitting = Math.Clamp(LogitsBytes / ((long)Vocabulary * sizeof(float)), 1, Batch);
        LogitsBatch = Math.Max(base.LogitsBatch, 1 << BitOperations.Log2((ulong)fitting));
    }

    /// <inheritdoc/>
    public override Span<float> Logits => new(_lastLogits.Pointer, Vocabulary);

    /// <inheritdoc/>
    public override ITokenSource Draw(SamplingOptions options) => new LogitsTokenSource(this, new Sampler(options, Vocabulary));

    /// <inheritdoc/>
    public override void Dispose()
    {
        _workspace.Dispose();
        foreach (LayerState layer in _layers)
        {
            layer.Rope.Dispose();
            layer.Cache.Dispose();
        }

        _lastLogits.Dispose();
        _logits?.Dispose();
    }

    private protected override int LogitsBatch { get; }

    private protected override void Run(ReadOnlySpan<int> batch)
    {
        _workspace.Tokens = batch.Length;
        _workspace.Position = Position;
        _workspace.Level = Level;
        foreach (LayerState layer in _layers)
        {
            layer.Rope.Fill(Position + batch.Length);
            if (Position == 0) layer.Cache.Forget();
            layer.Cache.Stored(Position + batch.Length);
        }

        _decoder.Forward(_workspace, batch, _layers);
    }

    private protected override bool Remembers(int position)
    {
        foreach (LayerState layer in _layers)
        {
            if (!layer.Cache.Remembers(position)) return false;
        }

        return true;
    }

    private protected override void FinishLogits() => _decoder.Logits(_workspace, _workspace.Tokens - 1, 1, (float*)_lastLogits.Pointer);

    private protected override Span<float> BatchLogits(int first, int count)
    {
        _logits ??= new NativeBuffer((long)LogitsBatch * Vocabulary * sizeof(float));
        _decoder.Logits(_workspace, first, count, (float*)_logits.Pointer);
        return new Span<float>(_logits.Pointer, count * Vocabulary);
    }

    // Layers that turn alike share a table.
    private RopeTable RopeOf(Dictionary<RopeConfig, RopeTable> ropes, RopeConfig config, int dimension)
    {
        if (!ropes.TryGetValue(config, out RopeTable? table)) ropes.Add(config, table = new RopeTable(config, dimension, Context));
        return table;
    }
}
