using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>A whole model as its parts: embedding, layers, the last norm and the head.</summary>
internal sealed unsafe class Decoder
{
    private readonly WeightMatrix _embedding;
    private readonly ImmutableArray<DecoderLayer> _layers;
    private readonly Norm _finalNorm;
    private readonly LinearPart _head;
    private readonly float _embeddingScale;
    private readonly float _logitCap;

    /// <summary>Assembles a model.</summary>
    /// <param name="weights">Its weights, which stay the caller's.</param>
    public Decoder(ModelWeights weights)
    {
        ModelConfig config = weights.Config;
        _embedding = weights.Embedding;
        _layers = [.. weights.Layers.Select((layer, index) => new DecoderLayer(config, index, layer))];
        _finalNorm = new Norm(weights.FinalNorm, config.Norm);
        _head = new LinearPart(new Linear(weights.Head));
        _embeddingScale = (float)config.EmbeddingScale;
        _logitCap = (float)(config.FinalLogitCap ?? 0);
    }

    /// <summary>Runs a batch through embedding and layers; the result is <see cref="Workspace.Residual"/>.</summary>
    /// <param name="workspace">The batch.</param>
    /// <param name="tokens">Token ids, each below the vocabulary's size.</param>
    /// <param name="states">What the session keeps for each layer.</param>
    public void Forward(Workspace workspace, ReadOnlySpan<int> tokens, ImmutableArray<LayerState> states)
    {
        int level = Math.Min(workspace.Level, _embedding.Levels);
        for (int i = 0; i < tokens.Length; i++)
        {
            float* row = workspace.Residual + ((nint)i * _embedding.Columns);
            _embedding.DequantizeRow(level, tokens[i], row);
            if (_embeddingScale != 1) VectorOperations.Multiply(row, _embeddingScale, _embedding.Columns);
        }

        for (int layer = 0; layer < _layers.Length; layer++) _layers[layer].Forward(workspace, states[layer].Rope, states[layer].Cache);
    }

    /// <summary>The logits of some tokens of the batch.</summary>
    /// <param name="workspace">The batch after <see cref="Forward"/>.</param>
    /// <param name="first">The first token, counted from the batch's start.</param>
    /// <param name="count">Tokens.</param>
    /// <param name="logits">Receives [count, vocabulary].</param>
    public void Logits(Workspace workspace, int first, int count, float* logits)
    {
        _finalNorm.Apply(workspace.Team, workspace.Residual + ((nint)first * _embedding.Columns), count, workspace.Normed);
        _head.Forward(workspace, workspace.Normed, logits);
        if (_logitCap > 0) VectorOperations.SoftCap(logits, 1, _logitCap, count * _head.Rows);
    }
}
