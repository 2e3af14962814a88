using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>Models of a known shape with random weights: what speed depends on, without a download.</summary>
public static class RandomModel
{
    /// <summary>Creates a model whose head is also its embedding.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="layers">The format of all matrices of the layers.</param>
    /// <param name="head">The format of the head.</param>
    /// <param name="seed">The seed: the same seed gives the same model.</param>
    public static ModelWeights Create(ModelConfig config, FormatRow layers, FormatRow head, ulong seed = 0)
    {
        var factory = new RandomMatrixFactory(seed);
        WeightMatrix embedding = factory.Create(head, config.VocabularySize, config.HiddenSize, factory.Transform(config.HiddenSize));
        return new ModelWeights(config, null)
        {
            Embedding = embedding,
            Layers = [.. Enumerable.Range(0, config.Layers).Select(_ => Layer(factory, config, layers))],
            FinalNorm = Ones(config.HiddenSize),
            WholeLevels = layers.Descriptor.Levels,
            Head = embedding,
        };
    }

    private static LayerWeights Layer(RandomMatrixFactory factory, ModelConfig config, FormatRow format)
    {
        int hidden = config.HiddenSize, inner = config.IntermediateSize;
        int queries = config.Heads * config.HeadDimension, keys = config.KeyValueHeads * config.HeadDimension;

        // One rotation an input site, as a quantizer makes them: matrices that read one input share it.
        InputTransform attention = factory.Transform(hidden), attended = factory.Transform(queries);
        InputTransform feedForward = factory.Transform(hidden), activated = factory.Transform(inner);
        return new LayerWeights
        {
            AttentionNorm = Ones(hidden),
            Query = factory.Create(format, queries, hidden, attention),
            Key = factory.Create(format, keys, hidden, attention),
            Value = factory.Create(format, keys, hidden, attention),
            AttentionOutput = factory.Create(format, hidden, queries, attended),
            FeedForwardNorm = Ones(hidden),
            Gate = factory.Create(format, inner, hidden, feedForward),
            Up = factory.Create(format, inner, hidden, feedForward),
            Down = factory.Create(format, hidden, inner, activated),
        };
    }

    private static float[] Ones(int length)
    {
        float[] values = new float[length];
        Array.Fill(values, 1f);
        return values;
    }
}
