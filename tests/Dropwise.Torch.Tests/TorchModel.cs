using System.Collections.Immutable;
using Dropwise.Inference.Blocks;
using Dropwise.Quantization.EndToEnd;
using TorchSharp;
using static TorchSharp.torch;

namespace Dropwise.Torch.Tests;

/// <summary>A whole model in float64: embedding, layers, last norm, head, cap.</summary>
internal sealed class TorchModel
{
    private readonly DecoderBlocks _blocks;
    private readonly Tensor _finalNorm;
    private readonly Tensor _head;

    /// <summary>Copies an unquantized model.</summary>
    public TorchModel(DecoderBlocks blocks)
        : this(blocks, index => new TorchLayer(blocks.Config, index, blocks.Read(index)))
    {
    }

    /// <summary>Copies what is trained of a quantized model, from which its weights follow.</summary>
    public TorchModel(DecoderBlocks blocks, TunedModel model, int level)
        : this(blocks, static _ => null!)
    {
        var shared = new Dictionary<CodebookSet, Tensor>(ReferenceEqualityComparer.Instance);
        Matrices = [.. model.Layers.Select(layer => layer.Matrices.Select(matrix => new TorchMatrix(matrix!.Working, shared)).ToImmutableArray())];
        Layers = [.. model.Layers.Select((layer, index) => new TorchLayer(
            blocks.Config, index, [.. Matrices[index].Select((matrix, i) => matrix.Weight(Math.Min(level, layer.Matrices[i]!.Working.Format.Levels)))], layer.Block))];
    }

    private TorchModel(DecoderBlocks blocks, Func<int, TorchLayer> layer)
    {
        _blocks = blocks;
        Layers = [.. Enumerable.Range(0, blocks.Config.Layers).Select(layer)];
        float[] norm = blocks.ReadFinalNorm().Weights.Weight;
        _finalNorm = TorchValues.Parameter(norm, norm.Length);
        using BlockLinear head = blocks.ReadHead();
        _head = TorchValues.Constant(head.Weight, head.Tensor.Rows, head.Tensor.Columns);
    }

    /// <summary>The layers.</summary>
    public ImmutableArray<TorchLayer> Layers { get; }

    /// <summary>The matrices of each layer, in the order of <see cref="DecoderBlock.Linears"/>; default where none is quantized.</summary>
    public ImmutableArray<ImmutableArray<TorchMatrix>> Matrices { get; }

    /// <summary>The gradient of the last norm.</summary>
    public double[] FinalNormGradient => TorchValues.Gradient(_finalNorm);

    /// <summary>KL(reference ‖ this) of the predictions of a window, its mean over tokens.</summary>
    public Tensor Divergence(TorchModel reference, ImmutableArray<int> window)
    {
        Tensor wanted = reference.LogProbabilities(window).detach();
        return (wanted.exp() * (wanted - LogProbabilities(window))).sum() / window.Length;
    }

    private Tensor LogProbabilities(ImmutableArray<int> window)
    {
        Tensor x = TorchValues.Constant(_blocks.Embed(window.AsSpan()), window.Length, _blocks.Config.HiddenSize);
        foreach (TorchLayer layer in Layers) x = layer.Forward(x);
        Tensor logits = TorchValues.Norm(x, _finalNorm, _blocks.Config).matmul(_head.t());
        if (_blocks.Config.FinalLogitCap is { } cap) logits = (logits / cap).tanh() * cap;
        return logits.log_softmax(-1);
    }
}
