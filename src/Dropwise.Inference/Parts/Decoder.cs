using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>A whole model as its parts: embedding, layers, the last norm and the head.</summary>
internal sealed unsafe class Decoder : IDisposable
{
    private readonly WeightMatrix _embedding;
    private readonly ImmutableArray<DecoderLayer> _layers;
    private readonly RmsNorm _finalNorm;
    private readonly WeightMatrix _head;

    /// <summary>Assembles a model.</summary>
    /// <param name="weights">Its weights, which stay the caller's.</param>
    public Decoder(ModelWeights weights)
    {
        ModelConfig config = weights.Config;
        _embedding = weights.Embedding;
        _layers = [.. weights.Layers.Select(layer => new DecoderLayer(config, layer))];
        _finalNorm = new RmsNorm(weights.FinalNorm, config.RmsNormEpsilon);
        _head = weights.Head;
    }

    /// <summary>Runs a batch through embedding and layers; the result is <see cref="Workspace.Residual"/>.</summary>
    /// <param name="workspace">The batch.</param>
    /// <param name="tokens">Token ids, each below the vocabulary's size.</param>
    /// <param name="rope">Rotary tables.</param>
    /// <param name="caches">Keys and values, one a layer.</param>
    public void Forward(Workspace workspace, ReadOnlySpan<int> tokens, RopeTable rope, ImmutableArray<KeyValueCache> caches)
    {
        int level = Math.Min(workspace.Level, _embedding.Levels);
        for (int i = 0; i < tokens.Length; i++)
            _embedding.DequantizeRow(level, tokens[i], workspace.Residual + ((nint)i * _embedding.Columns));
        for (int layer = 0; layer < _layers.Length; layer++) _layers[layer].Forward(workspace, rope, caches[layer]);
    }

    /// <summary>The logits of some tokens of the batch.</summary>
    /// <param name="workspace">The batch after <see cref="Forward"/>.</param>
    /// <param name="first">The first token, counted from the batch's start.</param>
    /// <param name="count">Tokens.</param>
    /// <param name="logits">Receives [count, vocabulary].</param>
    public void Logits(Workspace workspace, int first, int count, float* logits)
    {
        _finalNorm.Apply(workspace.Team, workspace.Residual + ((nint)first * _embedding.Columns), count, workspace.Normed);
        MatrixMultiply.Run(workspace.Team, workspace.Normed, [workspace.Product(_head, logits)], workspace.Precision);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DecoderLayer layer in _layers) layer.Dispose();
        _finalNorm.Dispose();
    }
}
