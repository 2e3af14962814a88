using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Cuda;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Cuda;

/// <summary>The device memory of one sequence on one device: the cache, and what its kernels hand to each other.</summary>
internal sealed unsafe class SequenceBuffers : IDisposable
{
    // Halves of the cache.
    private const int CacheElementBytes = 2;

    private readonly ResourceStack _made = new();
    private readonly CudaContext _context;

    /// <summary>Allocates.</summary>
    /// <param name="model">The model on the device.</param>
    /// <param name="plan">Who holds what.</param>
    /// <param name="rank">The device's place in the plan.</param>
    /// <param name="context">Positions of the sequence.</param>
    /// <param name="batch">The most tokens of a batch.</param>
    /// <param name="logitsBatch">The most tokens whose logits exist at once.</param>
    public SequenceBuffers(DeviceModel model, ShardPlan plan, int rank, int context, int batch, int logitsBatch)
    {
        ModelConfig config = model.Config;
        _context = model.Engine.Context;
        int heads = plan.Heads(rank), keyHeads = plan.KeyValueHeads(rank), few = Math.Min(batch, DeviceActivations.MaxSplitTokens);
        Splits = model.Engine.Model.Splits(_context.Device, heads, context);
        try
        {
            State = Allocate(sizeof(DecodeState));
            Tokens = Floats(batch);
            Residual = Floats((long)batch * config.HiddenSize);
            Queries = Floats((long)batch * heads * config.HeadDimension);
            Keys = Floats((long)batch * keyHeads * config.HeadDimension);
            Values = Floats((long)batch * keyHeads * config.HeadDimension);
            Attended = Floats((long)batch * heads * config.HeadDimension);
            Partial = Floats((long)few * heads * Splits * config.HeadDimension);
            Statistics = Floats((long)few * heads * Splits * 2);
            Fused = config.QueryKeyValue == QueryKeyValueLayout.FusedByGroup ? Floats((long)batch * (heads + (2 * keyHeads)) * config.HeadDimension) : Queries;
            Projection = config.Structure == LayerStructure.Sequential ? Residual : Floats((long)batch * config.HiddenSize);
            ExpertConfig[] experts = [.. config.LayerConfigs.Select(static layer => layer.Experts).OfType<ExpertConfig>()];
            if (experts.Length != 0) Experts = _made.Add(new DeviceExpertBuffers(_context, experts, config.HiddenSize, batch));

            // One token goes through several experts side by side, many tokens go through one after the other.
            int inner = plan.MostInner(rank);
            Gate = Floats(Math.Max(batch, Experts?.Used ?? 1) * (long)inner);
            Up = Floats(Math.Max(batch, Experts?.Used ?? 1) * (long)inner);
            Logits = Floats((long)Math.Min(batch, logitsBatch) * config.VocabularySize);
            HeadOutput = plan.SplitsHead ? Floats((long)Math.Min(batch, logitsBatch) * plan.Head(rank).Rows) : Logits;
            int columns = Math.Max(config.HiddenSize, Math.Max(heads * config.HeadDimension, inner));
            Activations = _made.Add(new DeviceActivations(_context, batch, columns, model.HasFloat32));
            CacheBytes = (long)keyHeads * context * config.HeadDimension * CacheElementBytes;
            KeyCaches = [.. Enumerable.Range(0, config.Layers).Select(_ => Allocate(CacheBytes))];
            ValueCaches = [.. Enumerable.Range(0, config.Layers).Select(_ => Allocate(CacheBytes))];
            var tables = new Dictionary<RopeConfig, DeviceRope>();
            Ropes = [.. Enumerable.Range(0, config.Layers).Select(layer => Rope(model.Engine.Stream, tables, config.RopeOf(layer), config.HeadDimension, context))];
            Drawn = _made.Add(new PinnedBuffer(_context, sizeof(int)));
            HostLogits = _made.Add(new PinnedBuffer(_context, Logits.ByteLength));
        }
        catch
        {
            _made.Dispose();
            throw;
        }
    }

    /// <summary>Parts into which decode attention cuts the positions.</summary>
    public int Splits { get; }

    /// <summary>The <see cref="DecodeState"/>.</summary>
    public DeviceBuffer State { get; }

    /// <summary>Int32 [batch]: the tokens of a batch.</summary>
    public DeviceBuffer Tokens { get; }

    /// <summary>Float32 [batch][hidden].</summary>
    public DeviceBuffer Residual { get; }

    /// <summary>Float32 [batch][heads · dimension].</summary>
    public DeviceBuffer Queries { get; }

    /// <summary>Float32 [batch][key-value heads · dimension].</summary>
    public DeviceBuffer Keys { get; }

    /// <summary>Float32 [batch][key-value heads · dimension].</summary>
    public DeviceBuffer Values { get; }

    /// <summary>Float32 [batch][heads · dimension]: the output of prefill attention.</summary>
    public DeviceBuffer Attended { get; }

    /// <summary>Float32 [few tokens][heads][splits][dimension].</summary>
    public DeviceBuffer Partial { get; }

    /// <summary>Float32 [few tokens][heads][splits][2].</summary>
    public DeviceBuffer Statistics { get; }

    /// <summary>Float32 [batch][inner].</summary>
    public DeviceBuffer Gate { get; }

    /// <summary>Float32 [batch][inner].</summary>
    public DeviceBuffer Up { get; }

    /// <summary>Float32 [tokens][vocabulary].</summary>
    public DeviceBuffer Logits { get; }

    /// <summary>Where the head writes: <see cref="Logits"/>, or this device's part of them.</summary>
    public DeviceBuffer HeadOutput { get; }

    /// <summary>The forms of products' inputs.</summary>
    public DeviceActivations Activations { get; }

    /// <summary>Float16 [key-value heads][context][dimension], one a layer.</summary>
    public ImmutableArray<DeviceBuffer> KeyCaches { get; }

    /// <summary>Float16 [key-value heads][context][dimension], one a layer.</summary>
    public ImmutableArray<DeviceBuffer> ValueCaches { get; }

    /// <summary>Bytes of the keys, or of the values, of one layer.</summary>
    public long CacheBytes { get; }

    /// <summary>The rotary tables of each layer; layers that turn alike share them.</summary>
    public ImmutableArray<DeviceRope> Ropes { get; }

    /// <summary>Float32 [batch][groups of query heads with their key and value], the output of a fused projection; otherwise <see cref="Queries"/>.</summary>
    public DeviceBuffer Fused { get; }

    /// <summary>Float32 [batch][hidden]: the results of a layer's parts where more is done to them than adding; otherwise <see cref="Residual"/>.</summary>
    public DeviceBuffer Projection { get; }

    /// <summary>What mixtures of experts work with; null in models without.</summary>
    public DeviceExpertBuffers? Experts { get; }

    /// <summary>Int32: the token drawn last, written by the device.</summary>
    public PinnedBuffer Drawn { get; }

    /// <summary>Logits on their way to the caller.</summary>
    public PinnedBuffer HostLogits { get; }

    /// <inheritdoc/>
    public void Dispose() => _made.Dispose();

    private DeviceRope Rope(CudaStream stream, Dictionary<RopeConfig, DeviceRope> tables, RopeConfig config, int dimension, int positions)
    {
        if (tables.TryGetValue(config, out DeviceRope? known)) return known;
        using var table = new RopeTable(config, dimension, positions);
        table.Fill(positions);
        int elements = positions * (dimension / 2);
        var rope = new DeviceRope(
            Upload(stream, new ReadOnlySpan<float>(table.Cosines(0), elements)), Upload(stream, new ReadOnlySpan<float>(table.Sines(0), elements)), config.Interleaved);
        tables.Add(config, rope);
        return rope;
    }

    private DeviceBuffer Floats(long count) => Allocate(count * sizeof(float));

    private DeviceBuffer Allocate(long bytes) => _made.Add(new DeviceBuffer(_context, bytes));

    private DeviceBuffer Upload(CudaStream stream, ReadOnlySpan<float> values)
    {
        DeviceBuffer buffer = Floats(values.Length);
        buffer.Write(stream, values);
        return buffer;
    }
}

/// <summary>The rotary tables of a layer in device memory.</summary>
/// <param name="Cosines">Float32 [context][dimension / 2].</param>
/// <param name="Sines">Float32 [context][dimension / 2].</param>
/// <param name="Neighbours">Whether the elements of a pair are neighbours.</param>
internal sealed record DeviceRope(DeviceBuffer Cosines, DeviceBuffer Sines, bool Neighbours);
