using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Blocks;

/// <summary>Reads the layers of a model one by one, so that only one has to be in memory as float32.</summary>
public sealed class DecoderBlocks : IDisposable
{
    private readonly ModelSource _source;
    private readonly float[]?[] _embedded;
    private readonly DecoderTensors _tensors;
    private readonly Dictionary<RopeConfig, RopeTable> _ropes = [];
    private readonly int _context;

    /// <summary>Prepares to read.</summary>
    /// <param name="source">The model, which must outlive this.</param>
    /// <param name="context">Tokens of the longest window.</param>
    /// <param name="engine">What layers compute with, which must outlive this; null for the processor.</param>
    /// <exception cref="InferenceException">The window is empty or longer than the model was trained for.</exception>
    public DecoderBlocks(ModelSource source, int context, BlockEngine? engine = null)
    {
        if (context < 1 || context > source.Config.MaximumPositions)
            throw new InferenceException($"windows of {context} tokens; {source.Path} was trained for 1 to {source.Config.MaximumPositions}");
        _source = source;
        _context = context;
        Engine = engine ?? BlockEngine.Cpu;
        _tensors = new DecoderTensors(source.Config, source.Tensors);
        _embedded = new float[source.Config.VocabularySize][];
    }

    /// <summary>What layers compute with.</summary>
    public BlockEngine Engine { get; }

    /// <summary>The model's shape.</summary>
    public ModelConfig Config => _source.Config;

    /// <summary>The residual stream of a text before the first layer.</summary>
    /// <param name="tokens">Token ids, each below the vocabulary's size.</param>
    /// <returns>[tokens, hidden].</returns>
    /// <exception cref="ModelFileException">The embedding is missing, or of the wrong shape or type.</exception>
    public float[] Embed(ReadOnlySpan<int> tokens)
    {
        var residual = new float[tokens.Length * Config.HiddenSize];
        for (int i = 0; i < tokens.Length; i++) (_embedded[tokens[i]] ??= Embed(tokens[i])).CopyTo(residual, i * Config.HiddenSize);
        return residual;
    }

    // Rows stay: a text has the same few thousand tokens again and again, and finding and decoding a row takes twenty times as long as copying it. Two threads may
    // read the same row; either of the two is as good.
    private float[] Embed(int token)
    {
        var row = new float[Config.HiddenSize];
        _source.ReadRows(_tensors.Embedding, token, row);
        float scale = (float)Config.EmbeddingScale;
        foreach (ref float value in row.AsSpan()) value *= scale;
        return row;
    }

    /// <summary>Reads a layer.</summary>
    /// <param name="index">The layer, from 0.</param>
    /// <exception cref="ModelFileException">A tensor is missing or of the wrong shape or type.</exception>
    public DecoderBlock Read(int index)
    {
        LayerTensors tensors = _tensors.Layer(index);
        var parameters = new BlockParameters
        {
            AttentionNorm = Norm(tensors.AttentionNorm)!,
            PostAttentionNorm = Norm(tensors.PostAttentionNorm),
            FeedForwardNorm = Norm(tensors.FeedForwardNorm),
            PostFeedForwardNorm = Norm(tensors.PostFeedForwardNorm),
            QueryNorm = Norm(tensors.QueryNorm),
            KeyNorm = Norm(tensors.KeyNorm),
            QueryKeyValue = [.. tensors.QueryKeyValue.Select(Linear)],
            AttentionOutput = Linear(tensors.AttentionOutput),
            Router = tensors.Router is null ? null : Linear(tensors.Router),
            Networks = [.. tensors.FeedForward.Select(network =>
                new BlockNetwork(Config.Activation, network.Gate is null ? null : Linear(network.Gate), Linear(network.Up), Linear(network.Down)))],
        };
        return new DecoderBlock(Config, index, parameters, RopeOf(Config.RopeOf(index)), Engine);
    }

    /// <summary>Reads the norm before the head.</summary>
    /// <exception cref="ModelFileException">A tensor is missing or of the wrong shape or type.</exception>
    public BlockNorm ReadFinalNorm() => new(Norm(_tensors.FinalNorm)!, Config.Norm);

    /// <summary>Reads the head, which is the embedding where the two are tied; a quantized one at its highest level, behind its rotation where it has one.</summary>
    /// <exception cref="ModelFileException">The tensor is missing or of the wrong shape or type.</exception>
    public BlockLinear ReadHead() => Linear(_tensors.Head);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (RopeTable rope in _ropes.Values) rope.Dispose();
    }

    // Layers that turn alike share a table.
    private RopeTable RopeOf(RopeConfig config)
    {
        if (_ropes.TryGetValue(config, out RopeTable? rope)) return rope;
        _ropes.Add(config, rope = new RopeTable(config, Config.HeadDimension, _context));
        rope.Fill(_context);
        return rope;
    }

    private BlockLinear Linear(LinearTensor tensor)
    {
        var weight = new float[tensor.Rows * tensor.Columns];
        _source.ReadRows(tensor, 0, weight);
        return new BlockLinear(tensor, weight, tensor.Bias is null ? null : WeightLoader.Vector(_source, tensor.Bias, tensor.Rows));
    }

    private NormWeights? Norm(NormTensor? tensor) => WeightLoader.Norm(_source, tensor);
}
