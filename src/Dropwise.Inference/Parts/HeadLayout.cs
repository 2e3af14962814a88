using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>Where a token's heads lie in the output of its query, key and value projections; offsets count elements.</summary>
/// <param name="config">Heads, and how they lie.</param>
internal readonly struct HeadLayout(ModelConfig config)
{
    private readonly int _dimension = config.HeadDimension;
    private readonly int _heads = config.Heads;
    private readonly int _keyHeads = config.KeyValueHeads;
    private readonly int _groupHeads = config.HeadsPerKeyValueHead;

    /// <summary>Whether the queries of a key-value head, its key and its value follow each other.</summary>
    public bool IsByGroup { get; } = config.QueryKeyValue == QueryKeyValueLayout.FusedByGroup;

    /// <summary>Elements of a token.</summary>
    public int Width => (_heads + (2 * _keyHeads)) * _dimension;

    /// <summary>The offset of a query head.</summary>
    /// <param name="head">The head.</param>
    public int Query(int head) => (IsByGroup ? (head / _groupHeads * (_groupHeads + 2)) + (head % _groupHeads) : head) * _dimension;

    /// <summary>The offset of a key.</summary>
    /// <param name="head">The key-value head.</param>
    public int Key(int head) => (IsByGroup ? (head * (_groupHeads + 2)) + _groupHeads : _heads + head) * _dimension;

    /// <summary>The offset of a value.</summary>
    /// <param name="head">The key-value head.</param>
    public int Value(int head) => Key(head) + ((IsByGroup ? 1 : _keyHeads) * _dimension);
}
