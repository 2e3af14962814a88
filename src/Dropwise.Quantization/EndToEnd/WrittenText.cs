using System.Collections.Immutable;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.ModelFiles;

namespace Dropwise.Quantization.EndToEnd;

/// <summary>Text that a model writes itself, many windows side by side: as much to tune on as is wanted, where the text at hand is short.</summary>
public static class WrittenText
{
    /// <summary>Lets a model write windows.</summary>
    /// <param name="source">The model; all of it is in memory as float32.</param>
    /// <param name="beginnings">What each window begins with: at least one token, and fewer than <paramref name="tokens"/>.</param>
    /// <param name="tokens">Tokens of a window.</param>
    /// <param name="seed">Decides what is drawn.</param>
    /// <param name="engine">What computes.</param>
    /// <param name="run">Workers, cancellation, progress.</param>
    /// <returns>The windows.</returns>
    /// <exception cref="ModelFileException">A tensor is missing or of the wrong shape or type.</exception>
    /// <exception cref="Inference.InferenceException">A window is longer than the model was trained for, or its predictions are not finite.</exception>
    public static ImmutableArray<ImmutableArray<int>> Write(
        ModelSource source, ImmutableArray<ImmutableArray<int>> beginnings, int tokens, int seed, BlockEngine engine, QuantizationRun run)
    {
        using var blocks = new DecoderBlocks(source, tokens, engine);
        var layers = new List<DecoderBlock>();
        try
        {
            for (int layer = 0; layer < blocks.Config.Layers; layer++)
            {
                layers.Add(blocks.Read(layer));
                DecodedWeights.Serve(layers[^1].Linears, source, int.MaxValue, run);
            }

            using BlockLinear head = blocks.ReadHead();
            DecodedWeights.Serve([head], source, int.MaxValue, run);
            return new WindowWriter(blocks, [.. layers], head).Write(beginnings, tokens, seed, run.Report, run.Cancellation);
        }
        finally
        {
            foreach (DecoderBlock layer in layers) layer.Dispose();
        }
    }
}
