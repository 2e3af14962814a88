using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Cuda;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Cuda;

/// <summary>The weights of a model, or one device's share of them, in device memory.</summary>
internal sealed class DeviceModel : IDisposable
{
    private readonly ResourceStack _made = new();

    /// <summary>Uploads.</summary>
    /// <param name="engine">The device.</param>
    /// <param name="model">The model; not read after the call.</param>
    /// <param name="plan">Who holds what.</param>
    /// <param name="rank">This device's place in the plan.</param>
    /// <param name="levels">Levels to make resident.</param>
    public DeviceModel(DeviceEngine engine, ModelWeights model, ShardPlan plan, int rank, int levels)
    {
        Engine = engine;
        Config = model.Config;
        DeviceShard whole = new(0, Config.VocabularySize, 0, Config.HiddenSize);
        try
        {
            DeviceMatrixLoader loader = _made.Add(new DeviceMatrixLoader(engine.Programs, engine.Stream));
            using var uploader = new DenseUploader(engine);
            DeviceWeights Load(WeightMatrix matrix, DeviceShard shard) => _made.Add<DeviceWeights>(matrix is PackedMatrix packed
                ? new PackedWeights(loader.Load(packed, Math.Min(levels, packed.Levels), shard))
                : uploader.Load(matrix, shard));
            DeviceBuffer Norm(NormWeights norm) => _made.Add(DeviceBuffer.Of<float>(engine.Stream, norm.Weight));

            Embedding = Load(model.Embedding, whole);
            Head = new ProductSite(ReferenceEquals(model.Head, model.Embedding) ? Embedding : Load(model.Head, plan.Head(rank)));
            FinalNorm = Norm(model.FinalNorm);
            Layers =
            [
                .. model.Layers.Select(layer => new DeviceLayer
                {
                    AttentionNorm = Norm(layer.AttentionNorm),
                    Attention = new ProductSite(
                        Load(layer.QueryKeyValue[0].Matrix, plan.Query(rank)),
                        Load(layer.QueryKeyValue[1].Matrix, plan.KeyValue(rank)),
                        Load(layer.QueryKeyValue[2].Matrix, plan.KeyValue(rank))),
                    AttentionOutput = new ProductSite(Load(layer.AttentionOutput.Matrix, plan.AttentionOutput(rank))),
                    FeedForwardNorm = Norm(layer.FeedForwardNorm!),
                    FeedForward = new ProductSite(Load(layer.FeedForward[0].Gate!.Matrix, plan.GateUp(rank)), Load(layer.FeedForward[0].Up.Matrix, plan.GateUp(rank))),
                    Down = new ProductSite(Load(layer.FeedForward[0].Down.Matrix, plan.Down(rank))),
                }),
            ];
            engine.Stream.Synchronize();
            loader.FreeScratch();
        }
        catch
        {
            _made.Dispose();
            throw;
        }
    }

    /// <summary>The device.</summary>
    public DeviceEngine Engine { get; }

    /// <summary>The shape of the whole model.</summary>
    public ModelConfig Config { get; }

    /// <summary>[vocabulary, hidden], whole on every device.</summary>
    public DeviceWeights Embedding { get; }

    /// <summary>The layers in order.</summary>
    public ImmutableArray<DeviceLayer> Layers { get; }

    /// <summary>The norm before the head.</summary>
    public DeviceBuffer FinalNorm { get; }

    /// <summary>The head, or this device's rows of it.</summary>
    public ProductSite Head { get; }

    /// <summary>Bytes of weights that one decoded token reads on this device.</summary>
    /// <param name="level">From 1.</param>
    public long BytesPerToken(int level) =>
        Layers.SelectMany(static layer => layer.Sites).Append(Head).SelectMany(static site => site.Matrices).Sum(matrix => matrix.BytesRead(Math.Min(level, matrix.Levels)));

    /// <summary>Reads rows of the embedding.</summary>
    /// <param name="tokens">The address of int32 token ids.</param>
    /// <param name="count">Tokens.</param>
    /// <param name="level">The level.</param>
    /// <param name="output">The address of [count, hidden] float32.</param>
    public void Embed(nint tokens, int count, int level, nint output)
    {
        if (Embedding is PackedWeights { Matrix: DeviceMatrix matrix })
            Engine.Products.Dequantize(Engine.Stream, matrix, Math.Min(level, matrix.Levels), toHalf: false, tokens, count, output);
        else Engine.Dense.Embed(Engine.Stream, (DenseWeights)Embedding, tokens, count, output);
    }

    /// <inheritdoc/>
    public void Dispose() => _made.Dispose();
}
