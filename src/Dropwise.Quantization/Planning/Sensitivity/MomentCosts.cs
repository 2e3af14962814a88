using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Planning.Sensitivity;

/// <summary>
/// The cheap stand-in for a measured divergence: tr(ΔW H ΔWᵀ), summed over the matrices of a block, ΔW being what a tier loses of the weights and H the second moments of what they read.
/// Text goes through the unquantized model once, whatever the number of tiers; what an error does behind its matrix is not looked at.
/// </summary>
/// <param name="original">The unquantized model's blocks.</param>
/// <param name="blocks">What tiers make of them.</param>
/// <param name="tiers">Tiers to measure.</param>
/// <param name="products">What multiplies where the blocks' engine computes.</param>
/// <param name="run">Workers, cancellation, progress.</param>
internal sealed class MomentCosts(DecoderBlocks original, TieredBlocks blocks, int tiers, IInputProducts products, QuantizationRun run)
{
    /// <summary>Measures.</summary>
    /// <param name="embedded">The residual stream of the text before the first block; taken over.</param>
    /// <param name="serve">Gives a block of the unquantized model the weights that it multiplies by.</param>
    /// <returns>The cost of each tier, [blocks][tiers].</returns>
    public ImmutableArray<ImmutableArray<double>> Of(ImmutableArray<(TokenBatch, FloatMemory)> embedded, Action<DecoderBlock> serve)
    {
        using var stream = new TextStream(null, embedded, original.Engine, run);
        var costs = ImmutableArray.CreateBuilder<ImmutableArray<double>>(original.Config.Layers);
        for (int index = 0; index < original.Config.Layers; index++)
        {
            run.Cancellation.ThrowIfCancellationRequested();
            DecoderBlock block = original.Read(index);
            serve(block);
            ImmutableArray<InputMoments> moments = Pass(stream, block);
            costs.Add([.. Enumerable.Range(0, tiers).Select(tier => Cost(index, tier, block, moments))]);
            run.Report((index + 1.0) / original.Config.Layers);
        }

        return costs.MoveToImmutable();
    }

    /// <summary>Takes text through a block.</summary>
    /// <returns>The moments of what each of its maps reads, in the order of <see cref="DecoderBlock.Linears"/>.</returns>
    private ImmutableArray<InputMoments> Pass(TextStream stream, DecoderBlock block)
    {
        var moments = ImmutableArray.CreateBuilder<InputMoments>(block.Linears.Length);
        stream.Enter(block);

        // Also for experts, which few tokens reach: a block's cost is what its matrices together lose a token of the text.
        long tokens = Math.Max(1, SiteMoments.Windows(stream.Input).Sum(static window => (long)window.Rows));
        Add(stream.Input, block.QueryKeyValue);
        stream.Attend();
        Add(stream.Input, [block.AttentionOutput]);
        stream.EnterNetworks();
        for (int network = 0; network < block.Networks.Length; network++)
        {
            TokenValues[] input = stream.InputOf(network, stream);
            Add(input, block.Networks[network].Inputs);
            TokenValues[] inner = stream.InnerOf(network, input);
            Add(inner, [block.Networks[network].Down]);
            stream.Keep(network, inner);
        }

        stream.Leave();
        return moments.MoveToImmutable();

        void Add(TokenValues[] values, IReadOnlyList<BlockLinear> maps)
        {
            double[] squares = products.Squares(SiteMoments.Windows(values), maps[0].Tensor.Columns);
            for (int i = 0; i < squares.Length; i++) squares[i] /= tokens;
            var site = new InputMoments(maps[0].Tensor.Columns, squares, tokens);
            foreach (BlockLinear _ in maps) moments.Add(site);
        }
    }

    private double Cost(int index, int tier, DecoderBlock block, ImmutableArray<InputMoments> moments)
    {
        double cost = 0;
        blocks.With(index, tier, changed =>
        {
            for (int i = 0; i < moments.Length; i++)
            {
                float[] weights = block.Linears[i].Weight, others = changed.Linears[i].Weight;
                if (weights.Length != others.Length) throw new QuantizationException($"{blocks.Path}: the reference's '{block.Linears[i].Tensor.Weight}' has another shape than the model's");
                float[] lost = new float[weights.Length];
                for (int k = 0; k < lost.Length; k++) lost[k] = weights[k] - others[k];
                cost += WeightedError.Weigh(new FloatMatrix(block.Linears[i].Tensor.Rows, moments[i].Columns, lost), moments[i], products, run);
            }
        });
        return double.IsFinite(cost) ? cost : throw new QuantizationException($"{blocks.Path}: the error of block {index} is no number; a weight or a scale may be none");
    }
}
