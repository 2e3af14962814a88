using Dropwise.ModelFiles;

namespace Dropwise.Quantization.Export;

/// <summary>
/// Which row of a model a row of a GGUF file is. Llama.cpp wants the elements of a rotary pair side by side in llama models, where Hugging Face models have
/// them half a head apart, so that rows of q and k move; and it wants all queries before all keys before all values, where Falcon has them group by group.
/// </summary>
internal sealed class RowOrder
{
    private readonly int _dimension;
    private readonly bool _interleaves;
    private readonly int[]? _heads;

    private RowOrder(int dimension, bool interleaves, int[]? heads)
    {
        _dimension = dimension;
        _interleaves = interleaves;
        _heads = heads;
    }

    /// <summary>The order of a tensor's rows.</summary>
    /// <param name="config">The model.</param>
    /// <param name="name">The tensor's name in the file.</param>
    public static RowOrder Of(ModelConfig config, string name)
    {
        bool turns = name.Contains(".attn_q.", StringComparison.Ordinal) || name.Contains(".attn_k.", StringComparison.Ordinal);
        bool isGrouped = config.QueryKeyValue == QueryKeyValueLayout.FusedByGroup && name.Contains(".attn_qkv.", StringComparison.Ordinal);
        return new RowOrder(config.HeadDimension, turns && GgufArchitecture.OfModel(config.ModelType) is { Interleaves: true } && !config.Rope.Interleaved, isGrouped ? Ungrouped(config) : null);
    }

    /// <summary>The row of the model.</summary>
    /// <param name="row">The row of the file.</param>
    public int SourceOf(int row)
    {
        (int head, int element) = Math.DivRem(row, _dimension);
        int source = _interleaves ? (element % 2 * (_dimension / 2)) + (element / 2) : element;
        return ((_heads?[head] ?? head) * _dimension) + source;
    }

    // A group is the query heads of a key-value head, its key and its value.
    private static int[] Ungrouped(ModelConfig config)
    {
        int queries = config.HeadsPerKeyValueHead, group = queries + 2;
        IEnumerable<int> groups = Enumerable.Range(0, config.KeyValueHeads);
        return
        [
            .. Enumerable.Range(0, config.Heads).Select(head => (head / queries * group) + (head % queries)),
            .. groups.Select(index => (index * group) + queries),
            .. groups.Select(index => (index * group) + queries + 1),
        ];
    }
}
