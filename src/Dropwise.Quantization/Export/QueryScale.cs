using Dropwise.ModelFiles;

namespace Dropwise.Quantization.Export;

/// <summary>
/// What queries are multiplied by in a GGUF file: llama.cpp divides scores by what it knows of the architecture, so that a model that divides by something
/// else must have the rest in its weights.
/// </summary>
internal sealed class QueryScale
{
    private readonly string _tensor;
    private readonly float _factor;

    private QueryScale(string tensor, float factor)
    {
        _tensor = tensor;
        _factor = factor;
    }

    /// <summary>The scale of a model's queries.</summary>
    /// <param name="source">The model.</param>
    public static QueryScale Of(ModelSource source)
    {
        ModelConfig config = source.Config;

        // The metadata of a GGUF file are written as they are, and with them what they say about scores.
        double factor = source is GgufModel || config.QueryScalar is not { } scalar || GgufArchitecture.OfModel(config.ModelType) is not { } architecture
            ? 1
            : Math.Sqrt(architecture.QueryScalar(config.Layers, config.HiddenSize, config.Heads, config.HeadDimension) / scalar);

        // A norm of queries would undo what their projection is multiplied by.
        return new QueryScale(config.QueryKeyNorm ? ".attn_q_norm." : ".attn_q.", (float)factor);
    }

    /// <summary>What the elements of a tensor are multiplied by.</summary>
    /// <param name="name">The tensor's name in the file.</param>
    public float FactorOf(string name) => name.Contains(_tensor, StringComparison.Ordinal) ? _factor : 1;
}
