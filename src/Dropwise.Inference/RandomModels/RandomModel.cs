using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>Models of a known shape with random weights: what speed depends on, without a download.</summary>
public static class RandomModel
{
    /// <summary>Creates a model.</summary>
    /// <param name="config">The shape; its head is the embedding where both are tied.</param>
    /// <param name="layers">The format of all matrices of the layers; null for bfloat16.</param>
    /// <param name="head">The format of the head and the embedding; null for bfloat16.</param>
    /// <param name="seed">The seed: the same seed gives the same model.</param>
    public static ModelWeights Create(ModelConfig config, FormatRow? layers, FormatRow? head, ulong seed = 0)
    {
        var factory = new RandomMatrixFactory(seed);
        WeightMatrix Vocabulary() => Matrix(factory, head, config.VocabularySize, config.HiddenSize, factory.Transform(config.HiddenSize));
        WeightMatrix embedding = Vocabulary();
        return new ModelWeights(config, factory)
        {
            Embedding = embedding,
            Layers = [.. Enumerable.Range(0, config.Layers).Select(_ => Layer(factory, config, layers))],
            FinalNorm = Ones(config.HiddenSize),
            WholeLevels = layers?.Descriptor.Levels ?? 1,
            Head = config.TiedEmbeddings ? embedding : Vocabulary(),
        };
    }

    private static LayerWeights Layer(RandomMatrixFactory factory, ModelConfig config, FormatRow? format)
    {
        int hidden = config.HiddenSize, inner = config.IntermediateSize;
        int queries = config.QueryRows, keys = config.KeyRows;
        Linear Linear(int rows, int columns, InputTransform site) => new(Matrix(factory, format, rows, columns, site));

        // One rotation an input site, as a quantizer makes them: matrices that read one input share it.
        InputTransform attention = factory.Transform(hidden), attended = factory.Transform(queries);
        InputTransform feedForward = factory.Transform(hidden), activated = factory.Transform(inner);
        return new LayerWeights
        {
            AttentionNorm = Ones(hidden),
            QueryKeyValue = [Linear(queries, hidden, attention), Linear(keys, hidden, attention), Linear(keys, hidden, attention)],
            AttentionOutput = Linear(hidden, queries, attended),
            FeedForwardNorm = Ones(hidden),
            FeedForward = [new FeedForwardWeights(Linear(inner, hidden, feedForward), Linear(inner, hidden, feedForward), Linear(hidden, inner, activated))],
        };
    }

    private static WeightMatrix Matrix(RandomMatrixFactory factory, FormatRow? format, int rows, int columns, InputTransform site) =>
        format is null ? factory.CreateUnquantized(rows, columns) : factory.Create(format, rows, columns, site);

    private static NormWeights Ones(int length) => new([.. Enumerable.Repeat(1f, length)]);
}
