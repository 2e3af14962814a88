using System.Collections.Immutable;
using System.Numerics;
using Dropwise.Cpu;
using Dropwise.Cuda;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Cuda;

/// <summary>
/// How a model is shared out over devices (tensor parallelism as in Megatron-LM, arXiv 1909.08053): heads and the elements between the two
/// products of the feed-forward network are split, so that q, k, v, gate and up are split by rows, and the output and down projections by
/// columns, whose partial sums are added up over the devices. Shares need not be equal.
/// </summary>
internal sealed class ShardPlan
{
    // The tile of packed rows, and the block of packed inputs that a shard may not cut.
    private const int RowUnit = 16;
    private const int PackedUnit = 32;
    private const int DenseUnit = 8;

    private readonly ModelConfig _config;
    private readonly (int First, int Count)[] _keyHeads;
    private readonly Dictionary<int, (int First, int Count)[]> _inner;

    /// <summary>Shares a model out.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ranks">Devices, at least 1.</param>
    /// <exception cref="InferenceException">The model cannot be split over so many devices; the message says what is in the way.</exception>
    public ShardPlan(ModelWeights model, int ranks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ranks, 1);
        _config = model.Config;
        Ranks = ranks;
        int headInputs = _config.HeadsPerKeyValueHead * _config.HeadDimension;
        int attended = Unit(model.Layers.Select(static layer => layer.AttentionOutput.Matrix));
        _keyHeads = Share(
            _config.KeyValueHeads, attended / (int)BigInteger.GreatestCommonDivisor(attended, headInputs), ranks, "key-value heads");

        // Experts have another size than the dense networks of the same model; experts of one size are shared out alike.
        _inner = model.Layers.SelectMany(static layer => layer.FeedForward).Select(static network => network.Down.Matrix).GroupBy(static matrix => matrix.Columns)
            .ToDictionary(static size => size.Key, size => Share(size.Key, Unit(size), ranks, "elements of the feed-forward network"));

        // A tied head is whole on every device anyway, because embeddings are read from it.
        SplitsHead = ranks > 1 && !ReferenceEquals(model.Head, model.Embedding) && _config.VocabularySize % (RowUnit * ranks) == 0;
    }

    /// <summary>Devices.</summary>
    public int Ranks { get; }

    /// <summary>Whether each device computes a part of the logits.</summary>
    public bool SplitsHead { get; }

    /// <summary>Key-value heads of a device.</summary>
    /// <param name="rank">The device, from 0.</param>
    public int KeyValueHeads(int rank) => _keyHeads[rank].Count;

    /// <summary>Query heads of a device.</summary>
    /// <param name="rank">The device, from 0.</param>
    public int Heads(int rank) => _keyHeads[rank].Count * _config.HeadsPerKeyValueHead;

    /// <summary>Elements of a feed-forward network on a device.</summary>
    /// <param name="rank">The device, from 0.</param>
    /// <param name="intermediate">Elements of the whole network.</param>
    public int Inner(int rank, int intermediate) => _inner[intermediate][rank].Count;

    /// <summary>The most elements of a feed-forward network on a device.</summary>
    /// <param name="rank">The device, from 0.</param>
    public int MostInner(int rank) => _inner.Values.Max(shares => shares[rank].Count);

    /// <summary>
    /// Which rows of which matrices a device holds of the query, key and value projections: three parts, of one matrix or of three, or one part that holds
    /// whole groups of query heads with their key and value.
    /// </summary>
    /// <param name="rank">The device, from 0.</param>
    public ImmutableArray<ProjectionShard> Projections(int rank)
    {
        (int First, int Count) heads = _keyHeads[rank];
        int dimension = _config.HeadDimension, group = _config.HeadsPerKeyValueHead;
        DeviceShard Part(int start, int headRows) => new(start + (heads.First * headRows), heads.Count * headRows, 0, _config.HiddenSize);
        return _config.QueryKeyValue switch
        {
            QueryKeyValueLayout.Separate => [new(0, Part(0, group * dimension)), new(1, Part(0, dimension)), new(2, Part(0, dimension))],
            QueryKeyValueLayout.Fused =>
            [
                new(0, Part(0, group * dimension)), new(0, Part(_config.QueryRows, dimension)), new(0, Part(_config.QueryRows + _config.KeyRows, dimension)),
            ],
            _ => [new(0, Part(0, (group + 2) * dimension))],
        };
    }

    /// <summary>Columns of the output projection.</summary>
    /// <param name="rank">The device, from 0.</param>
    public DeviceShard AttentionOutput(int rank) => Columns(_keyHeads[rank], _config.HeadsPerKeyValueHead * _config.HeadDimension);

    /// <summary>Rows of gate and up.</summary>
    /// <param name="rank">The device, from 0.</param>
    /// <param name="intermediate">Elements of the whole network.</param>
    public DeviceShard GateUp(int rank, int intermediate) => new(_inner[intermediate][rank].First, _inner[intermediate][rank].Count, 0, _config.HiddenSize);

    /// <summary>Columns of the down projection.</summary>
    /// <param name="rank">The device, from 0.</param>
    /// <param name="intermediate">Elements of the whole network.</param>
    public DeviceShard Down(int rank, int intermediate) => Columns(_inner[intermediate][rank], 1);

    /// <summary>Rows of the head.</summary>
    /// <param name="rank">The device, from 0.</param>
    public DeviceShard Head(int rank)
    {
        int rows = SplitsHead ? _config.VocabularySize / Ranks : _config.VocabularySize;
        return new DeviceShard(SplitsHead ? rank * rows : 0, rows, 0, _config.HiddenSize);
    }

    private DeviceShard Columns((int First, int Count) share, int unit) => new(0, _config.HiddenSize, share.First * unit, share.Count * unit);

    /// <summary>Inputs that no shard of any of the matrices may cut: blocks, groups and rotation blocks.</summary>
    private static int Unit(IEnumerable<WeightMatrix> matrices)
    {
        int unit = 1;
        foreach (WeightMatrix matrix in matrices)
        {
            unit = Multiple(unit, matrix is PackedMatrix ? PackedUnit : DenseUnit);
            if (matrix is PackedMatrix { Format.Descriptor: { GroupSize: > 0 and int group, InputUnit: int block } }) unit = Multiple(Multiple(unit, group), block);
            if (matrix.Transform is { } transform) unit = Multiple(unit, transform.BlockSize);
        }

        return unit;
    }

    private static int Multiple(int a, int b) => a / (int)BigInteger.GreatestCommonDivisor(a, b) * b;

    /// <summary>Shares elements out in whole units, the first devices taking one more where it does not come out even.</summary>
    private static (int First, int Count)[] Share(int elements, int unit, int ranks, string name)
    {
        int units = (elements + unit - 1) / unit;
        if (units < ranks)
        {
            string indivisible = unit == 1 ? "" : $", which formats and rotations keep together by {unit},";
            throw new InferenceException($"{elements} {name}{indivisible} cannot be split over {ranks} GPUs");
        }

        var shares = new (int, int)[ranks];
        for (int rank = 0; rank < ranks; rank++)
        {
            int first = units * rank / ranks * unit, end = Math.Min(elements, units * (rank + 1) / ranks * unit);
            shares[rank] = (first, end - first);
        }

        return shares;
    }
}

/// <summary>A device's part of the query, key and value projections.</summary>
/// <param name="Matrix">The matrix, in the order of <see cref="LayerWeights.QueryKeyValue"/>.</param>
/// <param name="Shard">The part of it.</param>
internal readonly record struct ProjectionShard(int Matrix, DeviceShard Shard);
