using System.Collections.Immutable;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.EndToEnd.Codes;
using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.EndToEnd;

/// <summary>A quantized model in training: layers, last norm, and codebooks that layers share. Levels take turns in one set of float32 weights. Head and embedding stay.</summary>
internal sealed class TunedModel : IDisposable
{
    private readonly SharedTraining _shared = new();
    private readonly ImmutableArray<TrainedVector> _finalNorm;

    /// <summary>Reads a model.</summary>
    /// <param name="source">The quantized model, which must outlive this.</param>
    /// <param name="blocks">The same model's layers, which must outlive this too.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <param name="levels">The served levels, ascending.</param>
    /// <param name="codes">How codes are trained; null where they stay.</param>
    /// <exception cref="ModelFileException">A tensor is missing or of the wrong shape or type.</exception>
    public TunedModel(CheckpointReader source, DecoderBlocks blocks, QuantizationRun run, ImmutableArray<int> levels = default, CodeTuningOptions? codes = null)
    {
        Layers = [.. Enumerable.Range(0, blocks.Config.Layers).Select(index =>
        {
            DecoderBlock block = blocks.Read(index);
            return new TunedLayer(block, [.. block.Linears.Select(linear => source.Matrices.GetValueOrDefault(linear.Tensor.Weight)?.ToCanonical())], _shared, codes is not null);
        })];
        if (codes is not null)
        {
            TunedMatrix[] matrices = [.. Matrices];
            run.ForPieces(matrices.Length, 1, (index, _) => matrices[index].Codes =
                codes.Metric == CodeMetric.Inputs && MomentsCodeTraining.Fits(matrices[index].Working) ? new MomentsCodeTraining(matrices[index].Working, levels)
                : new CodeTraining(matrices[index].Working, levels, codes));
        }

        Gradients = [.. Layers.Select(static layer => new LayerGradients(layer))];
        FinalNorm = blocks.ReadFinalNorm();
        float[] weight = FinalNorm.Weights.Weight;
        float[]? bias = FinalNorm.Weights.Bias;
        _finalNorm = bias is null ? [new TrainedVector(weight, weight.Length)] : [new TrainedVector(weight, weight.Length), new TrainedVector(bias, bias.Length)];
        Head = blocks.ReadHead();
        DecodedWeights.Serve([Head], source, int.MaxValue, run);
    }

    /// <summary>The layers.</summary>
    public ImmutableArray<TunedLayer> Layers { get; }

    /// <summary>What sums the gradients of each layer.</summary>
    public ImmutableArray<LayerGradients> Gradients { get; }

    /// <summary>The norm before the head.</summary>
    public BlockNorm FinalNorm { get; }

    /// <summary>The head.</summary>
    public BlockLinear Head { get; }

    /// <summary>Everything that is trained, once.</summary>
    public IEnumerable<TrainedVector> All => Layers.SelectMany(static layer => layer.All).Concat(_finalNorm).Distinct();

    /// <summary>Whether codes of some matrix are trained in the metric of its input.</summary>
    public bool ReadsMoments => Matrices.Any(static matrix => matrix.Codes is MomentsCodeTraining);

    /// <summary>Says what matrices read whose codes are trained in the metric of their inputs.</summary>
    /// <param name="moments">H of each layer's linear maps.</param>
    /// <param name="products">What computed it, which divides by it too.</param>
    /// <param name="device">The device that searches codes; null for the processor.</param>
    /// <param name="run">Workers and cancellation.</param>
    public void Measure(InputMoments[][] moments, IInputProducts products, CudaEngine? device, QuantizationRun run)
    {
        for (int layer = 0; layer < moments.Length; layer++)
        {
            for (int i = 0; i < moments[layer].Length; i++)
            {
                if (Layers[layer].Matrices[i]?.Codes is MomentsCodeTraining codes) codes.Measure(moments[layer][i], products.Factors, device, run);
            }

            // Rotated copies are all that is read from here on.
            moments[layer] = [];
        }
    }

    /// <summary>Takes a V step with the codes of all matrices.</summary>
    /// <param name="step">Its number, how far weights go, and what levels count.</param>
    /// <param name="seed">Decides what is chosen at random.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>Groups whose codes changed.</returns>
    public long StepCodes(CodeStep step, int seed, QuantizationRun run)
    {
        foreach (LayerGradients gradients in Gradients) gradients.CompleteCodes();
        (TunedMatrix Matrix, CudaTunedMatrix? Device)[] matrices = [.. Layers.SelectMany(static layer => layer.Trained)];
        var changed = new long[matrices.Length];
        CodesChanged();
        for (int index = 0; index < matrices.Length; index++)
        {
            if (!matrices[index].Matrix.Codes!.IsSingleThreaded) changed[index] = matrices[index].Matrix.Codes!.Step(step, Mixed(seed, step.Number, index), run);
        }

        run.ForPieces(matrices.Length, 1, (index, _) =>
        {
            if (matrices[index].Matrix.Codes!.IsSingleThreaded) changed[index] = matrices[index].Matrix.Codes!.Step(step, Mixed(seed, step.Number, index), run);
            matrices[index].Device?.SortCodes(matrices[index].Matrix, run);
        });
        return changed.Sum();
    }

    /// <summary>Says that codes have changed where they are.</summary>
    public void CodesChanged()
    {
        foreach (TunedLayer layer in Layers) layer.CodesChanged();
    }

    /// <summary>All that a later step depends on beside codes, in a fixed order; what is written there is gone on with.</summary>
    public IEnumerable<float[]> State => All.SelectMany(static vector => vector.State).Concat(Matrices.SelectMany(static matrix => matrix.Codes?.State ?? []));

    /// <summary>The codes of all matrices, in a fixed order; what is written there is gone on with.</summary>
    public IEnumerable<ushort[]> Codes => Matrices.SelectMany(static matrix => matrix.Working.Codes);

    private IEnumerable<TunedMatrix> Matrices => Layers.SelectMany(static layer => layer.Trained).Select(static trained => trained.Matrix);

    /// <summary>Adds to the gradient of the last norm.</summary>
    /// <param name="pass">A pass that windows went back through; its gradient is cleared.</param>
    public void AddFinalNorm(DivergencePass pass)
    {
        foreach ((TrainedVector vector, float[]? gradient) in _finalNorm.Zip([pass.NormGradient.Weight, pass.NormGradient.Bias]))
        {
            for (int i = 0; i < gradient!.Length; i++) vector.Gradient[i] += gradient[i];
            Array.Clear(gradient);
        }
    }

    /// <summary>Decodes the values in training.</summary>
    /// <param name="level">The level; matrices with fewer are read whole.</param>
    /// <param name="run">Workers and cancellation.</param>
    public void Decode(int level, QuantizationRun run)
    {
        foreach (TunedLayer layer in Layers) layer.Decode(level, run);
    }

    /// <summary>Decodes what the model would be stored as.</summary>
    /// <param name="state">The state.</param>
    /// <param name="level">The level; matrices with fewer are read whole.</param>
    /// <param name="run">Workers and cancellation.</param>
    public void Decode(TunedModelState state, int level, QuantizationRun run)
    {
        for (int i = 0; i < Layers.Length; i++) Layers[i].Decode(state.Layers[i], level, run);
    }

    /// <summary>What the model would be stored as now.</summary>
    public TunedModelState Store()
    {
        _shared.Changed();
        return new TunedModelState([.. Layers.Select(static layer => layer.Store())], [.. _finalNorm.Select(static vector => (float[])[.. vector.Values])]);
    }

    /// <summary>Gives norms and biases the values of a state.</summary>
    /// <param name="state">The state.</param>
    public void Restore(TunedModelState state)
    {
        for (int i = 0; i < Layers.Length; i++) Layers[i].Restore(state.Layers[i]);
        foreach ((TrainedVector vector, float[] values) in _finalNorm.Zip(state.FinalNorm)) values.CopyTo(vector.Values, 0);
    }

    // Any mixture that differs from step to step and from matrix to matrix; System.HashCode differs from process to process.
    private static int Mixed(int seed, int number, int index) => unchecked((((seed * 31) + number) * 8191) + index);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TunedLayer layer in Layers) layer.Dispose();
        Head.Dispose();
    }
}

/// <summary>A model as it would be stored.</summary>
/// <param name="Layers">Its layers.</param>
/// <param name="FinalNorm">The weight of the norm before the head, and its bias where there is one.</param>
internal sealed record TunedModelState(ImmutableArray<TunedState> Layers, ImmutableArray<float[]> FinalNorm);
