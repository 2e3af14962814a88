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
        HasFloat32 = model.Matrices.OfType<IDenseMatrix>().Any(static matrix => matrix.Type == ScalarType.Float32);
        DeviceShard whole = new(0, Config.VocabularySize, 0, Config.HiddenSize);
        try
        {
            using var uploader = new LayerUploader(engine, Config, plan, rank, levels, _made);
            Embedding = uploader.Matrix(model.Embedding, whole);
            Head = new ProductSite(ReferenceEquals(model.Head, model.Embedding) ? Embedding : uploader.Matrix(model.Head, plan.Head(rank)));
            FinalNorm = uploader.Norm(model.FinalNorm);
            Layers = [.. model.Layers.Select((layer, index) => uploader.Layer(index, layer))];
            uploader.Finish();
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
    public DeviceNorm FinalNorm { get; }

    /// <summary>The head, or this device's rows of it.</summary>
    public ProductSite Head { get; }

    /// <summary>Whether any matrix is unquantized float32.</summary>
    public bool HasFloat32 { get; }

    /// <summary>Bytes of weights that one decoded token reads on this device.</summary>
    /// <param name="level">From 1.</param>
    public long BytesPerToken(int level) => Layers.Sum(layer => layer.BytesPerToken(level)) + Head.BytesRead(level);

    /// <summary>Reads rows of the embedding and scales them.</summary>
    /// <param name="tokens">The address of int32 token ids.</param>
    /// <param name="count">Tokens.</param>
    /// <param name="level">The level.</param>
    /// <param name="output">The address of [count, hidden] float32.</param>
    public void Embed(nint tokens, int count, int level, nint output)
    {
        if (Embedding is PackedWeights { Matrix: DeviceMatrix matrix })
            Engine.Products.Dequantize(Engine.Stream, matrix, Math.Min(level, matrix.Levels), toHalf: false, tokens, count, output);
        else Engine.Dense.Embed(Engine.Stream, (DenseWeights)Embedding, tokens, count, output);
        if (Config.EmbeddingScale != 1) Engine.Model.Scale(Engine.Stream, output, (long)count * Config.HiddenSize, (float)Config.EmbeddingScale);
    }

    /// <inheritdoc/>
    public void Dispose() => _made.Dispose();
}
