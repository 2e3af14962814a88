using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Cuda;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Cuda;

/// <summary>Brings the parts of a model, or one device's shards of them, to the device.</summary>
internal sealed unsafe class LayerUploader : IDisposable
{
    private readonly DeviceEngine _engine;
    private readonly ModelConfig _config;
    private readonly ShardPlan _plan;
    private readonly int _rank;
    private readonly int _levels;
    private readonly ResourceStack _made;
    private readonly DeviceMatrixLoader _loader;
    private readonly DenseUploader _uploader;

    /// <summary>Starts to upload.</summary>
    /// <param name="engine">The device.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="plan">Who holds what.</param>
    /// <param name="rank">The device's place in the plan.</param>
    /// <param name="levels">Levels to make resident.</param>
    /// <param name="made">Owns everything that is uploaded.</param>
    public LayerUploader(DeviceEngine engine, ModelConfig config, ShardPlan plan, int rank, int levels, ResourceStack made)
    {
        (_engine, _config, _plan, _rank, _levels, _made) = (engine, config, plan, rank, levels, made);
        _loader = made.Add(new DeviceMatrixLoader(engine.Programs, engine.Stream));
        _uploader = new DenseUploader(engine.Stream);
    }

    /// <summary>Uploads a matrix.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="shard">The part of it.</param>
    public DeviceWeights Matrix(WeightMatrix matrix, DeviceShard shard) => _made.Add<DeviceWeights>(matrix is PackedMatrix packed
        ? new PackedWeights(_loader.Load(packed, Math.Min(_levels, packed.Levels), shard))
        : _uploader.Load(matrix, shard));

    /// <summary>Uploads a norm.</summary>
    /// <param name="norm">The norm.</param>
    public DeviceNorm Norm(NormWeights norm) => new(Vector(norm.Weight), norm.Bias is null ? null : Vector(norm.Bias));

    /// <summary>Uploads a layer.</summary>
    /// <param name="index">The layer, from 0.</param>
    /// <param name="layer">Its weights.</param>
    public DeviceLayer Layer(int index, LayerWeights layer)
    {
        ImmutableArray<ProjectionShard> projections = _plan.Projections(_rank);
        DeviceBuffer?[] biases = [.. projections.Select(part => Slice(layer.QueryKeyValue[part.Matrix].Bias, part.Shard.FirstRow, part.Shard.Rows))];
        DeviceNorm attentionNorm = Norm(layer.AttentionNorm);
        LayerConfig config = _config.Layer(index);

        // A parallel layer adds both results at once, and their biases with them.
        bool isParallel = _config.Structure is LayerStructure.Parallel or LayerStructure.ParallelTwoNorms;
        float[]? outputBias = layer.AttentionOutput.Bias, downBias = config.Experts is null ? layer.FeedForward[0].Down.Bias : null;
        if (isParallel) (outputBias, downBias) = (null, Sum(outputBias, downBias));
        return new DeviceLayer
        {
            AttentionNorm = attentionNorm,
            Attention = new ProductSite([.. projections.Select(part => Matrix(layer.QueryKeyValue[part.Matrix].Matrix, part.Shard))]),
            Heads = new DeviceHeads(biases[0], biases.ElementAtOrDefault(1), biases.ElementAtOrDefault(2), VectorOrNull(layer.QueryNorm?.Weight), VectorOrNull(layer.KeyNorm?.Weight)),
            AttentionOutput = new ProductSite(Matrix(layer.AttentionOutput.Matrix, _plan.AttentionOutput(_rank))),
            AttentionJoin = new DeviceJoin(VectorOrNull(outputBias), NormOrNull(layer.PostAttentionNorm)),
            FeedForwardNorm = NormOrNull(layer.FeedForwardNorm) ?? attentionNorm,
            FeedForward = config.Experts is null ? FeedForward(layer.FeedForward[0], _config.IntermediateSize) : null,
            Experts = config.Experts is { } experts ? Mixture(index, layer, experts) : null,
            FeedForwardJoin = new DeviceJoin(VectorOrNull(downBias), NormOrNull(layer.PostFeedForwardNorm)),
            Window = config.Window ?? int.MaxValue,
        };
    }

    /// <summary>Waits for the uploads and frees what only they needed.</summary>
    public void Finish()
    {
        _engine.Stream.Synchronize();
        _loader.FreeScratch();
    }

    /// <inheritdoc/>
    public void Dispose() => _uploader.Dispose();

    private static float[]? Sum(float[]? a, float[]? b) => a is null ? b : b is null ? a : [.. a.Zip(b, static (x, y) => x + y)];

    private DeviceFeedForward FeedForward(FeedForwardWeights network, int intermediate)
    {
        DeviceShard rows = _plan.GateUp(_rank, intermediate);
        DeviceWeights up = Matrix(network.Up.Matrix, rows);
        return new DeviceFeedForward(
            network.Gate is null ? new ProductSite(up) : new ProductSite(Matrix(network.Gate.Matrix, rows), up),
            new ProductSite(Matrix(network.Down.Matrix, _plan.Down(_rank, intermediate))),
            Slice(network.Gate?.Bias, rows.FirstRow, rows.Rows),
            Slice(network.Up.Bias, rows.FirstRow, rows.Rows));
    }

    private DeviceMixture Mixture(int index, LayerWeights layer, ExpertConfig config)
    {
        ImmutableArray<DeviceFeedForward> experts = [.. layer.FeedForward.Select(expert => FeedForward(expert, config.IntermediateSize))];
        MatrixTable Table(string name, Func<DeviceFeedForward, DeviceWeights> choose)
        {
            try
            {
                return _made.Add(DeviceWeights.Table(_engine.Stream, [.. experts.Select(choose)]));
            }
            catch (ArgumentException e)
            {
                throw new InferenceException($"layer {index}: the {name} projections of the experts must have one format to run on CUDA devices: {e.Message}");
            }
        }

        return new DeviceMixture
        {
            Config = config,
            Inner = _plan.Inner(_rank, config.IntermediateSize),
            Router = Router(layer.Router!),
            Experts = experts,
            Gates = Table("gate", static expert => expert.Inputs.Matrices[0]),
            Ups = Table("up", static expert => expert.Inputs.Matrices[1]),
            Downs = Table("down", static expert => expert.Down.Matrices[0]),
        };
    }

    /// <summary>A router is small, and rounding its scores would let experts change places: it is float32 on the device, whatever it is in the file.</summary>
    private DeviceBuffer Router(WeightMatrix router)
    {
        float[] values = new float[router.Rows * router.Columns];
        fixed (float* first = values)
        {
            for (int row = 0; row < router.Rows; row++) router.DequantizeRow(router.Levels, row, first + ((nint)row * router.Columns));
        }

        return Vector(values);
    }

    private DeviceNorm? NormOrNull(NormWeights? norm) => norm is null ? null : Norm(norm);

    private DeviceBuffer? Slice(float[]? values, int first, int count) => values is null ? null : Vector(values.AsSpan(first, count));

    private DeviceBuffer? VectorOrNull(float[]? values) => values is null ? null : Vector(values);

    private DeviceBuffer Vector(ReadOnlySpan<float> values) => _made.Add(DeviceBuffer.Of(_engine.Stream, values));
}
