using Dropwise.Cpu;
using Dropwise.Inference;
using Dropwise.Inference.Blocks;
using Dropwise.ModelFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace Dropwise.Torch.Tests;

/// <summary>A dense layer of the Llama or Gemma 2 kind as anybody would write it in PyTorch, in float64, with gradients by autograd.</summary>
internal sealed class TorchLayer
{
    private readonly ModelConfig _config;
    private readonly int _index;
    private readonly Tensor[] _linears;
    private readonly Tensor[] _norms;

    /// <summary>Copies a layer's parameters.</summary>
    public TorchLayer(ModelConfig config, int index, DecoderBlock block)
        : this(config, index, [.. block.Linears.Select(static linear => TorchValues.Parameter(linear.Weight, linear.Tensor.Rows, linear.Tensor.Columns))], block)
    {
    }

    /// <summary>Takes weights that may depend on other parameters, and copies norms.</summary>
    public TorchLayer(ModelConfig config, int index, Tensor[] linears, DecoderBlock block)
    {
        (_config, _index, _linears) = (config, index, linears);
        _norms = [.. block.Norms.Select(static norm => TorchValues.Parameter(norm.Weight, norm.Weight.Length))];
    }

    /// <summary>The gradients of the linear maps, after a run or a loss that depends on the layer.</summary>
    public IEnumerable<double[]> LinearGradients => _linears.Select(TorchValues.Gradient);

    /// <summary>The gradients of the norms, likewise.</summary>
    public IEnumerable<double[]> NormGradients => _norms.Select(TorchValues.Gradient);

    /// <summary>Runs the layer and goes back.</summary>
    /// <param name="residual">[tokens, hidden].</param>
    /// <param name="seed">dL/doutput [tokens, hidden].</param>
    /// <returns>The output and dL/dresidual.</returns>
    public (double[] Output, double[] InputGradient) Run(float[] residual, float[] seed)
    {
        long tokens = residual.Length / _config.HiddenSize;
        Tensor x = TorchValues.Parameter(residual, tokens, _config.HiddenSize), output = Forward(x);
        (output * TorchValues.Constant(seed, tokens, _config.HiddenSize)).sum().backward();
        return (output.data<double>().ToArray(), TorchValues.Gradient(x));
    }

    /// <summary>Runs the layer.</summary>
    /// <param name="x">The residual stream [tokens, hidden].</param>
    public Tensor Forward(Tensor x)
    {
        bool isSandwich = _norms.Length == 4;
        Tensor attended = Attention(Norm(x, _norms[0]), x.shape[0]).matmul(_linears[3].t());
        Tensor middle = x + (isSandwich ? Norm(attended, _norms[1]) : attended);
        Tensor normed = Norm(middle, _norms[isSandwich ? 2 : 1]);
        Tensor inner = Activate(normed.matmul(_linears[4].t())) * normed.matmul(_linears[5].t());
        Tensor network = inner.matmul(_linears[6].t());
        return middle + (isSandwich ? Norm(network, _norms[3]) : network);
    }

    private Tensor Attention(Tensor normed, long tokens)
    {
        long heads = _config.Heads, keyHeads = _config.KeyValueHeads, dimension = _config.HeadDimension;
        Tensor query = Turn(normed.matmul(_linears[0].t()).view(tokens, heads, dimension)).permute(1, 0, 2);
        Tensor key = Turn(normed.matmul(_linears[1].t()).view(tokens, keyHeads, dimension)).repeat_interleave(heads / keyHeads, 1).permute(1, 0, 2);
        Tensor value = normed.matmul(_linears[2].t()).view(tokens, keyHeads, dimension).repeat_interleave(heads / keyHeads, 1).permute(1, 0, 2);
        Tensor scores = query.matmul(key.transpose(1, 2)) * _config.AttentionScale;
        if (_config.AttentionLogitCap is { } cap) scores = (scores / cap).tanh() * cap;
        Tensor distance = arange(tokens).unsqueeze(1) - arange(tokens).unsqueeze(0);
        Tensor hidden = distance.lt(0).logical_or(distance.ge(_config.Layer(_index).Window ?? tokens));
        Tensor weights = scores.masked_fill(hidden, double.NegativeInfinity).softmax(-1);
        return weights.matmul(value).permute(1, 0, 2).reshape(tokens, heads * dimension);
    }

    private Tensor Turn(Tensor heads)
    {
        long tokens = heads.shape[0], half = heads.shape[2] / 2;
        RopeConfig rope = _config.RopeOf(_index);
        double[] angles = [.. from position in Enumerable.Range(0, (int)tokens) from pair in Enumerable.Range(0, (int)half) select position * rope.Frequency(pair, (int)(2 * half))];
        Tensor angle = tensor(angles, dtype: float64).view(tokens, 1, half), cosine = angle.cos(), sine = angle.sin();
        Tensor a = heads.slice(2, 0, half, 1), b = heads.slice(2, half, 2 * half, 1);
        return cat([(a * cosine) - (b * sine), (b * cosine) + (a * sine)], 2);
    }

    private Tensor Activate(Tensor x) => _config.Activation switch
    {
        ActivationFunction.Silu => x * x.sigmoid(),
        ActivationFunction.GeluTanh => 0.5 * x * (1 + (Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x.pow(3)))).tanh()),
        _ => 0.5 * x * (1 + (x / Math.Sqrt(2)).erf()),
    };

    private Tensor Norm(Tensor x, Tensor weight) => TorchValues.Norm(x, weight, _config);
}
