using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Models;

namespace Dropwise.Quantization.Analysis;

/// <summary>Looks at the matrices of a quantized model, and at the model that it was made of where that is at hand.</summary>
public sealed class QuantizedModelFigures
{
    private readonly WeightHistogram _weights = new();
    private readonly WeightHistogram _before = new();

    private QuantizedModelFigures()
    {
    }

    /// <summary>The matrices in the order in which a token meets them.</summary>
    public ImmutableArray<MatrixFigures> Matrices { get; private set; }

    /// <summary>How the weights are distributed that codes describe: the original ones behind rotations, or decoded ones where those are not at hand.</summary>
    public ImmutableArray<double> Density => _weights.Density;

    /// <summary>How the original weights of rotated matrices are distributed before rotations; all zero where there are none.</summary>
    public ImmutableArray<double> DensityBefore => _before.Density;

    /// <summary>Looks at a model.</summary>
    /// <param name="model">The model, with quantized matrices.</param>
    /// <param name="original">The model that it was made of, or null.</param>
    /// <param name="run">Workers, cancellation, progress.</param>
    /// <exception cref="ModelFileException">A weight is missing or has another shape.</exception>
    /// <exception cref="QuantizationException">The original is another model.</exception>
    public static QuantizedModelFigures Of(ModelSource model, ModelSource? original, QuantizationRun run)
    {
        if (original is not null && original.Config.Layers != model.Config.Layers)
            throw new QuantizationException($"{original.Path}: has {original.Config.Layers} blocks, and {model.Path} has {model.Config.Layers}");
        var figures = new QuantizedModelFigures();
        ImmutableArray<(int? Block, LinearWeight Weight, LinearWeight? Original)> weights = [.. Pairs(model, original)];
        double all = weights.Sum(static pair => pair.Weight.Elements), done = 0;
        var matrices = ImmutableArray.CreateBuilder<MatrixFigures>();
        foreach ((int? block, LinearWeight weight, LinearWeight? source) in weights)
        {
            run.Cancellation.ThrowIfCancellationRequested();
            matrices.Add(figures.Look(block, model.Matrices[weight.Name], source, run));
            run.Report((done += weight.Elements) / all);
        }

        figures.Matrices = matrices.ToImmutable();
        return figures;
    }

    /// <summary>The quantized matrices, each beside the same weight of the original, whose names may have another prefix.</summary>
    private static IEnumerable<(int? Block, LinearWeight Weight, LinearWeight? Original)> Pairs(ModelSource model, ModelSource? original)
    {
        var tensors = new DecoderTensors(model.Config, model.Tensors);
        DecoderTensors? originals = original is null ? null : new DecoderTensors(original.Config, original.Tensors);
        for (int block = 0; block < model.Config.Layers; block++)
        {
            LinearTensor[] linears = [.. tensors.Layer(block).Linears], sources = [.. originals?.Layer(block).Linears ?? []];
            if (original is not null && sources.Length != linears.Length)
                throw new QuantizationException($"{original.Path}: block {block} has {sources.Length} matrices, and that of {model.Path} has {linears.Length}");
            for (int i = 0; i < linears.Length; i++)
            {
                if (model.Matrices.ContainsKey(linears[i].Weight)) yield return (block, LinearWeight.Of(model, linears[i]), Source(sources.ElementAtOrDefault(i), linears[i]));
            }
        }

        if (model.Matrices.ContainsKey(tensors.Head.Weight)) yield return (null, LinearWeight.Of(model, tensors.Head), Source(originals?.Head, tensors.Head));

        LinearWeight? Source(LinearTensor? source, LinearTensor tensor) => source is null ? null
            : source.Rows == tensor.Rows && source.Columns == tensor.Columns ? LinearWeight.Of(original!, source)
            : throw new ModelFileException(original!.Path, source.Weight, $"has shape [{source.Rows}, {source.Columns}], and in {model.Path} [{tensor.Rows}, {tensor.Columns}]");
    }

    private MatrixFigures Look(int? block, CheckpointMatrix matrix, LinearWeight? original, QuantizationRun run)
    {
        FormatDescriptor format = matrix.Row.Descriptor;
        CanonicalMatrix canonical = matrix.ToCanonical();
        double? before = null;
        FloatMatrix weights;
        if (original is null)
        {
            weights = new FloatMatrix(matrix.Rows, matrix.Columns, DecodedWeights.Of(canonical, matrix.Levels, run));
        }
        else
        {
            weights = original.Read();
            weights.RequireFinite();
            if (matrix.Transform is { Order: null }) before = _before.Add(weights, run);
            if (matrix.Transform is { } transform) Transform(transform, weights);
        }

        int[] levels = [.. Enumerable.Range(1, matrix.Levels)];
        return new MatrixFigures(
            matrix.Name,
            block,
            format,
            matrix.Rows,
            matrix.Columns,
            [.. levels.Select(level => format.BitsPerWeight(level, matrix.Rows, matrix.Columns, matrix.Outliers))],
            original is null ? [] : [.. levels.Select(level => RelativeError.Of(weights, canonical, level, run))],
            _weights.Add(weights, run),
            before);
    }

    /// <summary>Brings weights to where their codes are: behind the rotation, or in the stored order of inputs.</summary>
    private static void Transform(InputTransform transform, FloatMatrix weights)
    {
        if (transform.Order is not { } order)
        {
            InputTransforms.RotateRows(transform, weights.Values);
            return;
        }

        float[] stored = new float[order.Length];
        for (int row = 0; row < weights.Rows; row++)
        {
            Span<float> values = weights.Row(row);
            for (int k = 0; k < stored.Length; k++) stored[k] = values[order[k]];
            stored.CopyTo(values);
        }
    }
}
