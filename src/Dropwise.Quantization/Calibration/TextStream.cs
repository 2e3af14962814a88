using System.Collections.Immutable;
using Dropwise.Inference.Blocks;

namespace Dropwise.Quantization.Calibration;

/// <summary>
/// Calibration text on its way through the layers of a model, at one level: each layer is quantized at the level before the text goes on, so that the
/// next one is calibrated with the input that it will have. Windows are computed beside each other, each on one thread.
/// </summary>
/// <param name="served">The levels that layers are read at; null for the unquantized model.</param>
/// <param name="residual">The residual stream of each window [tokens, hidden]; kept and changed.</param>
internal sealed unsafe class TextStream(ServedLevels? served, float[][] residual)
{
    private DecoderBlock? _block;
    private ImmutableArray<NetworkTokens>[] _routes = [];
    private float[][] _normed = [];
    private float[][][] _inner = [];

    /// <summary>The levels that layers are read at, or null for the unquantized model.</summary>
    public ServedLevels? Served => served;

    /// <summary>What the maps that are quantized next read: a window each.</summary>
    public float[][] Input { get; private set; } = [];

    /// <summary>The residual stream of each window [tokens, hidden].</summary>
    public float[][] Residual => residual;

    /// <summary>The layer that the text is in.</summary>
    public DecoderBlock Block => _block ?? throw new InvalidOperationException("the text has not entered a layer");

    /// <summary>Enters a layer; <see cref="Input"/> is what queries, keys and values are made from.</summary>
    /// <param name="block">The layer.</param>
    /// <param name="run">Workers and cancellation.</param>
    public void Enter(DecoderBlock block, QuantizationRun run)
    {
        _block = block;
        _routes = new ImmutableArray<NetworkTokens>[residual.Length];
        Input = Map(run, (window, tokens) =>
        {
            var normed = new float[residual[window].Length];
            fixed (float* x = residual[window], y = normed) block.AttentionInput(x, tokens, y);
            return normed;
        });
    }

    /// <summary>Attends; <see cref="Input"/> is what the output projection reads.</summary>
    /// <param name="run">Workers and cancellation.</param>
    public void Attend(QuantizationRun run) => Input = Map(run, (window, tokens) =>
    {
        var attended = new float[tokens * Block.AttendedSize];
        fixed (float* x = Input[window], y = attended) Block.Attend(x, tokens, y);
        return attended;
    });

    /// <summary>Goes on to the feed-forward networks; <see cref="Input"/> is what they read.</summary>
    /// <param name="run">Workers and cancellation.</param>
    public void EnterNetworks(QuantizationRun run)
    {
        _normed = Input = Map(run, (window, tokens) =>
        {
            var normed = new float[residual[window].Length];
            fixed (float* x = Input[window], stream = residual[window], y = normed) _routes[window] = Block.FeedForwardInput(x, tokens, stream, y);
            return normed;
        });
        _inner = new float[Block.Networks.Length][][];
    }

    /// <summary>The input of one network, at the tokens that another stream routes to it.</summary>
    /// <param name="network">The network.</param>
    /// <param name="routed">The stream that says which tokens; perhaps this one.</param>
    public float[][] InputOf(int network, TextStream routed) =>
        [.. _normed.Select((normed, window) => routed._routes[window][network].Gather(normed, Block.HiddenSize))];

    /// <summary>What a network's last map reads.</summary>
    /// <param name="network">The network.</param>
    /// <param name="input">The network's input, as <see cref="InputOf"/> gives it.</param>
    /// <param name="run">Workers and cancellation.</param>
    public float[][] InnerOf(int network, float[][] input, QuantizationRun run) => Map(run, (window, _) => Block.Networks[network].Inner(input[window]));

    /// <summary>Keeps what a network's last map reads until the layer ends.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inner">What <see cref="InnerOf"/> gave for this stream's own tokens.</param>
    public void Keep(int network, float[][] inner) => _inner[network] = inner;

    /// <summary>Ends the layer.</summary>
    /// <param name="run">Workers and cancellation.</param>
    public void Leave(QuantizationRun run)
    {
        Map(run, (window, tokens) =>
        {
            float[][] inner = [.. _inner.Select(network => network[window])];
            fixed (float* stream = residual[window]) Block.AddFeedForward(inner, _routes[window], tokens, stream);
            return residual[window];
        });
        (_inner, _normed, Input) = ([], [], []);
    }

    /// <summary>Goes through the layer once more, with what has become of its maps since, and ends it.</summary>
    /// <param name="inputs">The residual stream that the text entered the layer with.</param>
    /// <param name="matrices">What each of <see cref="DecoderBlock.Linears"/> is now, or null where it is not quantized.</param>
    /// <param name="level">The level to read them at; those with fewer are read whole.</param>
    /// <param name="run">Workers and cancellation.</param>
    public void Repeat(float[][] inputs, IReadOnlyList<CanonicalMatrix?> matrices, int level, QuantizationRun run)
    {
        for (int i = 0; i < matrices.Count; i++)
        {
            if (matrices[i] is { } matrix) Block.Linears[i].Replace(DecodedWeights.Of(matrix, Math.Min(level, matrix.Format.Levels), run));
        }

        Map(run, (window, _) =>
        {
            inputs[window].CopyTo(residual[window], 0);
            Block.Forward(residual[window]);
            return residual[window];
        });
        (_inner, _normed, Input) = ([], [], []);
    }

    private float[][] Map(QuantizationRun run, Func<int, int, float[]> step)
    {
        var results = new float[residual.Length][];
        run.ForPieces(residual.Length, 1, (window, _) => results[window] = step(window, residual[window].Length / Block.HiddenSize));
        return results;
    }
}
