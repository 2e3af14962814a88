using System.Collections.Immutable;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Quantization.Models;

namespace Dropwise.Quantization.Calibration;

/// <summary>
/// Quantizes the linear maps of a model layer by layer and site by site, in the order in which a token meets them. One text stream a served level goes
/// through what is quantized already at that level, beside one through the unquantized model.
/// </summary>
/// <param name="blocks">The model's layers.</param>
/// <param name="options">Text and method.</param>
/// <param name="served">What text is run at: levels that ascend from one to the next.</param>
/// <param name="products">What computes moments where the layers' engine computes.</param>
/// <param name="clock">Times text and moments apart from what the work on them takes.</param>
/// <param name="run">Workers and cancellation.</param>
internal sealed class CalibratedLayers(
    DecoderBlocks blocks, CalibrationOptions options, ImmutableArray<ServedLevels> served, IInputProducts products, StageClock clock, QuantizationRun run)
{
    private int _layer;

    /// <summary>Quantizes one map.</summary>
    /// <param name="linear">The map, not quantized.</param>
    /// <param name="site">What is known of its input.</param>
    /// <returns>What the map has become at each served level, W [N, K]; null where it stays as it is.</returns>
    public delegate ImmutableArray<float[]>? Quantize(BlockLinear linear, CalibratedSite site);

    /// <summary>Ends a layer whose maps are all quantized.</summary>
    /// <param name="index">The layer, from 0.</param>
    /// <param name="block">The unquantized layer; its norms and biases may be given other values.</param>
    /// <param name="inputs">The residual stream of each window before the layer, for each served level; empty where nobody keeps it.</param>
    /// <param name="targets">That of the unquantized model after it; empty likewise.</param>
    /// <returns>What each of <see cref="DecoderBlock.Linears"/> has become since it was quantized, or null where it is not quantized; null for no change.</returns>
    public delegate CanonicalMatrix?[]? End(int index, DecoderBlock block, ImmutableArray<float[][]> inputs, float[][] targets);

    /// <summary>Goes on with a layer that was ended before.</summary>
    /// <param name="index">The layer, from 0.</param>
    /// <param name="block">The layer.</param>
    /// <returns>What gives norms and biases their values and tells what each of <see cref="DecoderBlock.Linears"/> is; null where the layer was not ended.</returns>
    public delegate Func<CanonicalMatrix?[]>? Restore(int index, DecoderBlock block);

    /// <summary>Goes through the model.</summary>
    /// <param name="quantize">Quantizes a map.</param>
    /// <param name="restore">Knows the layers that are finished already.</param>
    /// <param name="end">Ends a layer.</param>
    /// <param name="changes">Whether <paramref name="end"/> changes layers, so that text has to go through them once more.</param>
    public void Run(Quantize quantize, Restore restore, End end, bool changes)
    {
        using TextStream unquantized = Embed(null);
        ImmutableArray<TextStream> streams = [.. served.Select(Embed)];
        try
        {
            for (_layer = 0; _layer < blocks.Config.Layers; _layer++)
            {
                run.Cancellation.ThrowIfCancellationRequested();
                DecoderBlock block = blocks.Read(_layer);
                if (restore(_layer, block) is { } restored) Pass(unquantized, streams, block, restored);
                else QuantizeLayer(unquantized, streams, block, quantize, end, changes);
            }
        }
        finally
        {
            foreach (TextStream stream in streams) stream.Dispose();
        }
    }

    // The unquantized model comes first, before norms have other values.
    private void Pass(TextStream unquantized, ImmutableArray<TextStream> streams, DecoderBlock block, Func<CanonicalMatrix?[]> restored)
    {
        unquantized.Pass(block, [], 0);
        CanonicalMatrix?[] finished = restored();
        for (int i = 0; i < streams.Length; i++) streams[i].Pass(block.Share(), finished, served[i].Layers[_layer]);
    }

    private void QuantizeLayer(TextStream unquantized, ImmutableArray<TextStream> streams, DecoderBlock block, Quantize quantize, End end, bool changes)
    {
        ImmutableArray<float[][]> entered = changes ? [.. streams.Select(static stream => stream.ReadResidual())] : [];
        unquantized.Enter(block);
        foreach (TextStream stream in streams) stream.Enter(block.Share());
        QuantizeSite(quantize, unquantized, streams, static stream => stream.Block.QueryKeyValue);
        foreach (TextStream stream in streams.Add(unquantized)) stream.Attend();
        QuantizeSite(quantize, unquantized, streams, static stream => [stream.Block.AttentionOutput]);
        foreach (TextStream stream in streams.Add(unquantized)) stream.EnterNetworks();
        for (int network = 0; network < block.Networks.Length; network++) QuantizeNetwork(quantize, unquantized, streams, network);
        unquantized.Leave();
        CanonicalMatrix?[]? changed = end(_layer, block, entered, changes ? unquantized.ReadResidual() : []);
        for (int i = 0; i < streams.Length; i++)
        {
            if (changed is null) streams[i].Leave();
            else streams[i].Repeat(entered[i], changed, served[i].Layers[_layer]);
        }
    }

    private TextStream Embed(ServedLevels? levels) => new(levels, WindowStreams.Embed(blocks, options.Windows), blocks.Engine, run);

    private void QuantizeSite(
        Quantize quantize, TextStream unquantized, ImmutableArray<TextStream> streams, Func<TextStream, IReadOnlyList<BlockLinear>> maps) =>
        QuantizeMaps(quantize, unquantized, streams, [.. streams.Select(static stream => stream.Input)], [.. streams.Select(_ => unquantized.Input)], maps);

    private void QuantizeNetwork(Quantize quantize, TextStream unquantized, ImmutableArray<TextStream> streams, int network)
    {
        // A level's drift is that of the tokens that the level itself sends to an expert.
        TokenValues[][] inputs = [.. streams.Select(stream => stream.InputOf(network, stream))], expected = [.. streams.Select(stream => unquantized.InputOf(network, stream))];
        QuantizeMaps(quantize, unquantized, streams, inputs, expected, stream => stream.Block.Networks[network].Inputs);
        TokenValues[][] inner = [.. streams.Select((stream, index) => stream.InnerOf(network, inputs[index]))];
        TokenValues[] whole = unquantized.InnerOf(network, unquantized.InputOf(network, unquantized));
        bool isDense = unquantized.Block.Networks.Length == 1;
        TokenValues[][] expectedInner = [.. streams.Select((_, index) => isDense ? whole : unquantized.InnerOf(network, expected[index]))];
        QuantizeMaps(quantize, unquantized, streams, inner, expectedInner, stream => [stream.Block.Networks[network].Down]);
        for (int i = 0; i < streams.Length; i++) streams[i].Keep(network, inner[i]);
        unquantized.Keep(network, whole);
    }

    private void QuantizeMaps(
        Quantize quantize, TextStream unquantized, ImmutableArray<TextStream> streams, TokenValues[][] inputs, TokenValues[][] expected, Func<TextStream, IReadOnlyList<BlockLinear>> maps)
    {
        IReadOnlyList<BlockLinear> originals = maps(unquantized);
        int columns = originals[0].Tensor.Columns;
        CalibratedSite site;
        using (clock.In("moments"))
        {
            ImmutableArray<(int, SiteMoments)> moments =
                [.. streams.Select((stream, index) => (stream.Served!.Layers[_layer], SiteMoments.Of(inputs[index], expected[index], columns, isSplit: options.Blend is null, products)))];
            site = new CalibratedSite(moments, options.Blend, products, run);
        }

        for (int i = 0; i < originals.Count; i++)
        {
            if (quantize(originals[i], site) is not { } weights) continue;
            for (int stream = 0; stream < streams.Length; stream++) maps(streams[stream])[i].Replace(weights[stream]);
        }
    }
}
