using System.Collections.Immutable;
using Dropwise.ModelFiles;

namespace Dropwise.Cli.Models;

/// <summary>What the weights of a model take at a level.</summary>
/// <param name="Bits">
/// Bits a weight over all quantized matrices: codes, scales, zeros, codebooks, signs and outliers that the level reads; null where nothing is quantized.
/// </param>
/// <param name="BlockBits">Bits a weight over the linear layers of all blocks, quantized or not.</param>
/// <param name="Bytes">Bytes of all weights.</param>
internal sealed record ServedSize(double? Bits, double BlockBits, long Bytes)
{
    /// <summary>Adds up what a level reads.</summary>
    /// <param name="model">The model.</param>
    /// <param name="level">From 1; a matrix with fewer levels counts at its highest.</param>
    /// <param name="served">The highest level of each layer, or null for all.</param>
    public static ServedSize Of(ModelSource model, int level, ImmutableArray<int>? served = null)
    {
        Dictionary<string, int> layers = LayersOf(model);
        double bits = 0, weights = 0, blockBits = 0, blockWeights = 0, bytes = 0;
        foreach (CheckpointMatrix matrix in model.Matrices.Values)
        {
            double size = (double)matrix.Rows * matrix.Columns;
            bool isInBlock = layers.TryGetValue(matrix.Name, out int layer);
            int highest = isInBlock && served is { } levels ? Math.Min(level, levels[layer]) : level;
            double own = size * matrix.Row.Descriptor.BitsPerWeight(Math.Min(highest, matrix.Row.Descriptor.Levels), matrix.Rows, matrix.Columns, matrix.Outliers);
            bits += own;
            weights += size;
            if (isInBlock) (blockBits, blockWeights) = (blockBits + own, blockWeights + size);
        }

        foreach (TensorView tensor in model.Tensors)
        {
            bytes += tensor.ByteLength;
            if (layers.ContainsKey(tensor.Name)) (blockBits, blockWeights) = (blockBits + (8.0 * tensor.ByteLength), blockWeights + tensor.Elements);
        }

        return new ServedSize(weights == 0 ? null : bits / weights, blockBits / blockWeights, (long)(bytes + (bits / 8)));
    }

    /// <summary>Bits a weight over all quantized matrices.</summary>
    /// <param name="model">A model with quantized matrices.</param>
    /// <param name="level">From 1; a matrix with fewer levels counts at its highest.</param>
    /// <param name="served">The highest level of each layer, or null for all.</param>
    public static double BitsOf(ModelSource model, int level, ImmutableArray<int>? served = null) => Of(model, level, served).Bits!.Value;

    private static Dictionary<string, int> LayersOf(ModelSource model)
    {
        var tensors = new DecoderTensors(model.Config, model.Tensors);
        return Enumerable.Range(0, model.Config.Layers)
            .SelectMany(layer => tensors.Layer(layer).Linears.Select(linear => (linear.Weight, Layer: layer)))
            .ToDictionary(static entry => entry.Weight, static entry => entry.Layer, StringComparer.Ordinal);
    }
}
