using System.Collections.Immutable;
using Dropwise.ModelFiles;

namespace Dropwise.Cli.Models;

/// <summary>Bits a weight of a quantized model.</summary>
internal static class BitsPerWeight
{
    /// <summary>Bits a weight over all quantized matrices: codes, scales, zeros, codebooks, signs and outliers that the level reads.</summary>
    /// <param name="model">A model with quantized matrices.</param>
    /// <param name="level">From 1; a matrix with fewer levels counts at its highest.</param>
    /// <param name="served">The highest level of each layer, or null for all.</param>
    public static double Of(ModelSource model, int level, ImmutableArray<int>? served = null)
    {
        Dictionary<string, int> layers = served is null ? [] : LayersOf(model);
        double bits = 0, weights = 0;
        foreach (CheckpointMatrix matrix in model.Matrices.Values)
        {
            double size = (double)matrix.Rows * matrix.Columns;
            int highest = layers.TryGetValue(matrix.Name, out int layer) ? Math.Min(level, served!.Value[layer]) : level;
            bits += size * matrix.Row.Descriptor.BitsPerWeight(Math.Min(highest, matrix.Row.Descriptor.Levels), matrix.Rows, matrix.Columns, matrix.Outliers);
            weights += size;
        }

        return bits / weights;
    }

    private static Dictionary<string, int> LayersOf(ModelSource model)
    {
        var tensors = new DecoderTensors(model.Config, model.Tensors);
        return Enumerable.Range(0, model.Config.Layers)
            .SelectMany(layer => tensors.Layer(layer).Linears.Select(linear => (linear.Weight, Layer: layer)))
            .ToDictionary(static entry => entry.Weight, static entry => entry.Layer, StringComparer.Ordinal);
    }
}
