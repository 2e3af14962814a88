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
            Gate = Floats((long)batch * plan.Inner(rank));
            Up = Floats((long)batch * plan.Inner(rank));
            Logits = Floats((long)Math.Min(batch, logitsBatch) * config.VocabularySize);
            HeadOutput = plan.SplitsHead ? Floats((long)Math.Min(batch, logitsBatch) * plan.Head(rank).Rows) : Logits;
            Activations = _made.Add(
                new DeviceActivations(_context, batch, Math.Max(config.HiddenSize, Math.Max(heads * config.HeadDimension, plan.Inner(rank)))));
            CacheBytes = (long)keyHeads * context * config.HeadDimension * CacheElementBytes;
            KeyCaches = [.. Enumerable.Range(0, config.Layers).Select(_ => Allocate(CacheBytes))];
            ValueCaches = [.. Enumerable.Range(0, config.Layers).Select(_ => Allocate(CacheBytes))];
            using var rope = new RopeTable(config.Rope, config.HeadDimension, context);
            rope.Fill(context);
            int tableElements = context * (config.HeadDimension / 2);
            Cosines = Upload(model.Engine.Stream, new ReadOnlySpan<float>(rope.Cosines(0), tableElements));
            Sines = Upload(model.Engine.Stream, new ReadOnlySpan<float>(rope.Sines(0), tableElements));
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

    /// <summary>Float32 [context][dimension / 2].</summary>
    public DeviceBuffer Cosines { get; }

    /// <summary>Float32 [context][dimension / 2].</summary>
    public DeviceBuffer Sines { get; }

    /// <summary>Int32: the token drawn last, written by the device.</summary>
    public PinnedBuffer Drawn { get; }

    /// <summary>Logits on their way to the caller.</summary>
    public PinnedBuffer HostLogits { get; }

    /// <inheritdoc/>
    public void Dispose() => _made.Dispose();

    private DeviceBuffer Floats(long count) => Allocate(count * sizeof(float));

    private DeviceBuffer Allocate(long bytes) => _made.Add(new DeviceBuffer(_context, bytes));

    private DeviceBuffer Upload(CudaStream stream, ReadOnlySpan<float> values)
    {
        DeviceBuffer buffer = Floats(values.Length);
        buffer.Write(stream, values);
        return buffer;
    }
}
