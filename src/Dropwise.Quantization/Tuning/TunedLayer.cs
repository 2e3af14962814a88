using System.Collections.Immutable;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines.Cuda;

namespace Dropwise.Quantization.Tuning;

/// <summary>A layer in training: its quantized matrices, its norms and its biases. Levels take turns in one set of float32 weights.</summary>
internal sealed class TunedLayer : IDisposable
{
    private readonly ImmutableArray<CanonicalMatrix?> _sources;
    private readonly ImmutableArray<float[]?> _weights;
    private readonly ImmutableArray<CudaTunedMatrix?> _devices;

    /// <summary>Starts with a quantized layer.</summary>
    /// <param name="block">The layer; its norms and biases are trained where they are, its linear maps are left as they are.</param>
    /// <param name="matrices">What each of <see cref="DecoderBlock.Linears"/> was quantized to; null for those that were not.</param>
    /// <param name="shared">Codebooks of a whole model in training; null where they stay.</param>
    /// <param name="codes">Whether codes will be trained.</param>
    public TunedLayer(DecoderBlock block, IReadOnlyList<CanonicalMatrix?> matrices, SharedTraining? shared = null, bool codes = false)
    {
        if (matrices.Count != block.Linears.Length) throw new ArgumentException($"{matrices.Count} matrices for {block.Linears.Length} linear maps", nameof(matrices));
        Block = block.Share();
        _sources = [.. matrices];
        _weights = [.. matrices.Select(static matrix => matrix is null ? null : new float[matrix.Rows * matrix.Columns])];
        for (int i = 0; i < _weights.Length; i++)
        {
            if (_weights[i] is { } weights) Block.Linears[i].Replace(weights);
        }

        Matrices = [.. matrices.Select(matrix => matrix is null ? null : TunedMatrix.Of(matrix, shared, codes))];
        _devices = [.. matrices.Select(matrix => Block.Engine is CudaEngine engine && matrix is not null && CudaTunedMatrix.Fits(matrix) ? new CudaTunedMatrix(engine, matrix) : null)];
        Norms = [.. block.Norms.Select(static norm => Vectors(norm.Weight, norm.Bias))];
        Biases = [.. block.Linears.Select(static linear => linear.Bias is { Length: > 0 } bias ? new TrainedVector(bias, bias.Length) : null)];
    }

    /// <summary>The layer with the weights of the level that <see cref="Decode(int, QuantizationRun)"/> was last asked for.</summary>
    public DecoderBlock Block { get; }

    /// <summary>The matrices in training, in the order of <see cref="DecoderBlock.Linears"/>; null for those that nothing of is trained.</summary>
    public ImmutableArray<TunedMatrix?> Matrices { get; }

    /// <summary>The parameters of each norm: weight, and bias where there is one.</summary>
    public ImmutableArray<(TrainedVector Weight, TrainedVector? Bias)> Norms { get; }

    /// <summary>The bias of each linear map, or null.</summary>
    public ImmutableArray<TrainedVector?> Biases { get; }

    /// <summary>Everything that is trained.</summary>
    public IEnumerable<TrainedVector> All =>
        Matrices.OfType<TunedMatrix>().SelectMany(static matrix => matrix.Vectors).Concat(Shared);

    private IEnumerable<TrainedVector> Shared =>
        Norms.SelectMany(static norm => (TrainedVector?[])[norm.Weight, norm.Bias]).Concat(Biases).OfType<TrainedVector>();

    /// <summary>A matrix where the layer's device trains it; null where the host does.</summary>
    /// <param name="index">The matrix, among those of the layer.</param>
    public CudaTunedMatrix? DeviceOf(int index) => _devices[index];

    /// <summary>The matrices in training, each with what the layer's device has of it; null where the host trains it.</summary>
    public IEnumerable<(TunedMatrix Matrix, CudaTunedMatrix? Device)> Trained
    {
        get
        {
            for (int i = 0; i < Matrices.Length; i++)
            {
                if (Matrices[i] is { } matrix) yield return (matrix, _devices[i]);
            }
        }
    }

    /// <summary>Says that codes have changed where they are.</summary>
    public void CodesChanged()
    {
        foreach (CudaTunedMatrix? device in _devices) device?.CodesChanged();
    }

    /// <summary>Decodes the values in training.</summary>
    /// <param name="level">The level; matrices with fewer are read whole.</param>
    /// <param name="run">Workers and cancellation.</param>
    public void Decode(int level, QuantizationRun run) =>
        Decode([.. _sources.Select((source, i) => Matrices[i]?.Working ?? source)], level, run);

    /// <summary>Decodes what the layer would be stored as.</summary>
    /// <param name="state">The state.</param>
    /// <param name="level">The level; matrices with fewer are read whole.</param>
    /// <param name="run">Workers and cancellation.</param>
    public void Decode(TunedState state, int level, QuantizationRun run) => Decode(state.Matrices, level, run);

    /// <summary>What the layer would be stored as now.</summary>
    public TunedState Store() => new(
        [.. _sources.Select((source, i) => Matrices[i]?.Store() ?? source)],
        [.. Shared.Select(static vector => (float[])[.. vector.Values])]);

    /// <summary>Gives norms and biases the values of a state.</summary>
    /// <param name="state">The state.</param>
    public void Restore(TunedState state)
    {
        foreach ((TrainedVector vector, float[] values) in Shared.Zip(state.Shared)) values.CopyTo(vector.Values, 0);
    }

    private void Decode(ImmutableArray<CanonicalMatrix?> matrices, int level, QuantizationRun run)
    {
        for (int i = 0; i < matrices.Length; i++)
        {
            if (matrices[i] is not { } matrix) continue;
            int own = Math.Min(level, matrix.Format.Levels);
            if (_devices[i] is { } device)
            {
                device.Decode(matrix, own, Block.Linears[i]);
                continue;
            }

            DecodedWeights.Fill(matrix, own, _weights[i]!, run);
            Block.Linears[i].Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (CudaTunedMatrix? device in _devices) device?.Dispose();
        Block.Dispose();
    }

    private static (TrainedVector Weight, TrainedVector? Bias) Vectors(float[] weight, float[]? bias) =>
        (new TrainedVector(weight, weight.Length), bias is null ? null : new TrainedVector(bias, bias.Length));
}

/// <summary>A layer as it would be stored.</summary>
/// <param name="Matrices">The matrices, rounded to their formats; null for those that are not quantized.</param>
/// <param name="Shared">Norms and biases, which all levels share.</param>
internal sealed record TunedState(ImmutableArray<CanonicalMatrix?> Matrices, ImmutableArray<float[]> Shared);
