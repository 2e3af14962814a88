using System.Collections.Immutable;

namespace Dropwise.ModelFiles;

/// <summary>
/// The tensors that a configuration asks for: names, shapes, and which of them read the same input. Loaders and quantizers read the same list.
/// </summary>
public sealed class DecoderTensors
{
    private readonly ModelConfig _config;
    private readonly TensorNames _names;
    private readonly string _prefix;

    /// <summary>Lists the tensors of a model.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="tensors">The tensors that are not quantized: among them the last norm, which says what prefix all names have.</param>
    public DecoderTensors(ModelConfig config, TensorSet tensors)
    {
        _config = config;
        _names = _config.Names;
        _prefix = _names.Prefixes.FirstOrDefault(prefix => tensors.Find($"{prefix}{_names.FinalNorm}.weight") is not null) ?? _names.Prefixes[0];
        FinalNorm = Norm(_prefix + _names.FinalNorm);
        Embedding = Linear(_prefix + _names.Embedding, _config.VocabularySize, _config.HiddenSize);
        Head = _config.TiedEmbeddings ? Embedding : Linear(_names.HeadBeside(_prefix), _config.VocabularySize, _config.HiddenSize);
    }

    /// <summary>What all names but the head's start with.</summary>
    public string Prefix => _prefix;

    /// <summary>[vocabulary, hidden].</summary>
    public LinearTensor Embedding { get; }

    /// <summary>The norm before the head.</summary>
    public NormTensor FinalNorm { get; }

    /// <summary>[vocabulary, hidden]; the embedding where both are tied.</summary>
    public LinearTensor Head { get; }

    /// <summary>The tensors of a layer.</summary>
    /// <param name="index">The layer, from 0.</param>
    public LayerTensors Layer(int index)
    {
        string layer = $"{_prefix}{_names.Layers}.{index}.", attention = layer + _names.Attention;
        ExpertConfig? experts = _config.Layer(index).Experts;
        bool isSandwich = _config.Structure == LayerStructure.Sandwich, sharesNorm = _config.Structure == LayerStructure.Parallel;
        string mixture = $"{layer}{_names.Mixture}";
        return new LayerTensors
        {
            AttentionNorm = Norm(layer + _names.AttentionNorm),
            PostAttentionNorm = isSandwich ? Norm(layer + _names.PostAttentionNorm) : null,
            FeedForwardNorm = sharesNorm ? null : Norm(layer + _names.FeedForwardNorm),
            PostFeedForwardNorm = isSandwich ? Norm(layer + _names.PostFeedForwardNorm) : null,
            QueryKeyValue = QueryKeyValue(attention),
            QueryNorm = HeadNorm($"{attention}.{_names.QueryNorm}"),
            KeyNorm = HeadNorm($"{attention}.{_names.KeyNorm}"),
            AttentionOutput = Linear($"{attention}.{_names.Output}", _config.HiddenSize, _config.QueryRows, _config.AttentionOutputBias),
            Router = experts is null ? null : Linear($"{mixture}.{_names.Router}", experts.Count, _config.HiddenSize),
            FeedForward = experts is null
                ? [FeedForward(layer + _names.FeedForward, sharesNorm ? attention : null)]
                : [.. Enumerable.Range(0, experts.Count).Select(expert => Expert(mixture, expert, experts.IntermediateSize))],
        };
    }

    private ImmutableArray<LinearTensor> QueryKeyValue(string attention)
    {
        LinearTensor Projection(string name, int rows) => Linear($"{attention}.{name}", rows, _config.HiddenSize, _config.QueryKeyValueBias, attention);
        return _config.QueryKeyValue == QueryKeyValueLayout.Separate
            ? [Projection(_names.Query, _config.QueryRows), Projection(_names.Key, _config.KeyRows), Projection(_names.Value, _config.KeyRows)]
            : [Projection(_names.QueryKeyValue, _config.QueryRows + (2 * _config.KeyRows))];
    }

    private FeedForwardTensors FeedForward(string network, string? sharedSite)
    {
        LinearTensor Input(string name) => Linear($"{network}.{name}", _config.IntermediateSize, _config.HiddenSize, _config.FeedForwardBias, sharedSite ?? network);
        return new FeedForwardTensors(
            _config.IsGated ? Input(_names.Gate) : null,
            Input(_names.Up),
            Linear($"{network}.{_names.Down}", _config.HiddenSize, _config.IntermediateSize, _config.FeedForwardBias));
    }

    // All experts of a layer read the same input; what their down products read differs, but a rotation of its own for each would bring nothing.
    private FeedForwardTensors Expert(string mixture, int index, int intermediate)
    {
        string list = $"{mixture}.{_names.Experts}", expert = $"{list}.{index}.";
        return new FeedForwardTensors(
            Linear(expert + _names.ExpertGate, intermediate, _config.HiddenSize, site: mixture),
            Linear(expert + _names.ExpertUp, intermediate, _config.HiddenSize, site: mixture),
            Linear(expert + _names.ExpertDown, _config.HiddenSize, intermediate, site: $"{list}.{_names.ExpertDown}"));
    }

    private static LinearTensor Linear(string name, int rows, int columns, bool hasBias = false, string? site = null) =>
        new($"{name}.weight", rows, columns, hasBias ? $"{name}.bias" : null, site ?? name);

    private NormTensor Norm(string name) => new($"{name}.weight", _config.Norm.Kind == NormKind.Layer ? $"{name}.bias" : null, _config.HiddenSize);

    private NormTensor? HeadNorm(string name) => _config.QueryKeyNorm ? new NormTensor($"{name}.weight", null, _config.HeadDimension) : null;
}
