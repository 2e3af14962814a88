using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>A model ready to run: its shape and its weights, whatever form each matrix is stored in.</summary>
/// <param name="config">The shape.</param>
/// <param name="owner">What the weights lie in, disposed of together with the model; null where matrices own their memory.</param>
public sealed class ModelWeights(ModelConfig config, IDisposable? owner) : IDisposable
{
    /// <summary>The shape.</summary>
    public ModelConfig Config { get; } = config;

    /// <summary>[vocabulary, hidden].</summary>
    public required WeightMatrix Embedding { get; init; }

    /// <summary>The layers in order.</summary>
    public required ImmutableArray<LayerWeights> Layers { get; init; }

    /// <summary>The norm before the head, [hidden].</summary>
    public required NormWeights FinalNorm { get; init; }

    /// <summary>[vocabulary, hidden]; the embedding itself where both are tied.</summary>
    public required WeightMatrix Head { get; init; }

    /// <summary>Levels that can be served: those of the matrix that has most.</summary>
    public int Levels => Matrices.Max(static matrix => matrix.Levels);

    /// <summary>Levels of the whole file, which may have been cut to <see cref="Levels"/>.</summary>
    public int WholeLevels { get; init; } = 1;

    /// <summary>All matrices, each once.</summary>
    public IEnumerable<WeightMatrix> Matrices => Layers.SelectMany(static layer => layer.Matrices).Append(Embedding).Append(Head).Distinct();

    /// <summary>Bytes of weights that one decoded token reads at a level: all layers, of experts those that it goes through, and the head.</summary>
    /// <param name="level">1 to <see cref="Levels"/>.</param>
    public long BytesPerToken(int level) =>
        Head.BytesRead(Math.Min(level, Head.Levels)) + Layers.Select((layer, index) => layer.BytesPerToken(level, Config.Layer(index).Experts?.Used ?? 1)).Sum();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (WeightMatrix matrix in Matrices) matrix.Dispose();
        owner?.Dispose();
    }
}
