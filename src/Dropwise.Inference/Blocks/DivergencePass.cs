using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines;

namespace Dropwise.Inference.Blocks;

/// <summary>
/// The end of a model there and back: last norm, head, cap, and the divergence KL(reference ‖ model) of the predictions at every token. Logits are in
/// memory for some tokens at a time, because a vocabulary is larger than all else of a token.
/// </summary>
public sealed unsafe class DivergencePass : IDisposable
{
    // Logits of one chunk: 4 MB, and enough tokens for products to pay where vocabularies are large.
    private const int ChunkLogits = 1 << 20;
    private const int LeastTokens = 16;

    private readonly BlockNorm _norm;
    private readonly BlockLinear _head;
    private readonly BlockLinear _referenceHead;
    private readonly float _cap;
    private readonly BlockEngine _engine;
    private readonly EngineBuffer _normed;
    private readonly EngineBuffer _logits;
    private readonly TokenDivergence _divergence;
    private readonly int _tokens;
    private readonly float[] _model;
    private readonly float[] _reference;
    private readonly float[] _slopes;

    /// <summary>Prepares passes.</summary>
    /// <param name="norm">The model's last norm, whose parameters may change between passes.</param>
    /// <param name="head">Its head.</param>
    /// <param name="referenceHead">The reference's head, of the same vocabulary.</param>
    /// <param name="cap">The cap of logits, or null.</param>
    /// <param name="engine">What computes.</param>
    public DivergencePass(BlockNorm norm, BlockLinear head, BlockLinear referenceHead, double? cap, BlockEngine engine)
    {
        (_norm, _head, _referenceHead, _engine, _cap) = (norm, head, referenceHead, engine, (float)(cap ?? 0));
        (_normed, _logits) = (new EngineBuffer(engine), new EngineBuffer(engine));
        int vocabulary = head.Tensor.Rows;
        _divergence = new TokenDivergence(vocabulary);
        _tokens = Math.Max(LeastTokens, ChunkLogits / vocabulary);
        _model = new float[_tokens * vocabulary];
        _reference = new float[_model.Length];
        _slopes = new float[_cap == 0 ? 0 : vocabulary];
        NormGradient = norm.NewGradient();
    }

    /// <summary>The gradient of the last norm's parameters of the windows that went back since somebody cleared it.</summary>
    public NormWeights NormGradient { get; }

    /// <summary>The divergence of predictions.</summary>
    /// <param name="stream">The residual stream behind the last layer [tokens, hidden], where the engine computes.</param>
    /// <param name="reference">What the reference's head reads [tokens, hidden], where the engine computes.</param>
    /// <returns>The sum over tokens, in nats.</returns>
    public double Forward(FloatView stream, FloatView reference) => Run(stream, reference, 0, default);

    /// <summary>The divergence of predictions, and its gradient.</summary>
    /// <param name="stream">The residual stream behind the last layer [tokens, hidden], where the engine computes.</param>
    /// <param name="reference">What the reference's head reads [tokens, hidden], where the engine computes.</param>
    /// <param name="factor">What gradients are multiplied by.</param>
    /// <param name="gradient">Receives the gradient of the stream [tokens, hidden], where the engine computes.</param>
    /// <returns>The sum over tokens, in nats; not multiplied.</returns>
    public double Backward(FloatView stream, FloatView reference, double factor, FloatView gradient) => Run(stream, reference, factor, gradient);

    /// <inheritdoc/>
    public void Dispose()
    {
        _normed.Dispose();
        _logits.Dispose();
    }

    private double Run(FloatView stream, FloatView reference, double factor, FloatView gradient)
    {
        double sum = 0;
        for (int first = 0; first < stream.Rows; first += _tokens)
        {
            int tokens = Math.Min(_tokens, stream.Rows - first);
            FloatView part = stream.RowsFrom(first, tokens);
            FloatView normed = new(_normed.Resize((long)tokens * stream.Columns), tokens, stream.Columns);
            _engine.Normalize(_norm, part, normed);
            FloatView logits = Logits(_referenceHead, reference.RowsFrom(first, tokens), _reference);
            Logits(_head, normed, _model);
            sum += Compare(tokens, factor, gradient.Data is not null);
            if (gradient.Data is null) continue;
            _engine.Write(_model.AsSpan(0, tokens * logits.Columns), logits.Data);
            FloatView dnormed = gradient.RowsFrom(first, tokens);
            _engine.MultiplyBack(_head, logits, dnormed);
            _engine.NormalizeBack(_norm, part, dnormed, NormGradient);
        }

        return sum;
    }

    /// <summary>A chunk's logits before the cap.</summary>
    private FloatView Logits(BlockLinear head, FloatView x, float[] host)
    {
        FloatView logits = new(_logits.Resize((long)x.Rows * head.Tensor.Rows), x.Rows, head.Tensor.Rows);
        _engine.Multiply(head, x, logits);
        _engine.Read(logits.Data, host.AsSpan(0, x.Rows * logits.Columns));
        return logits;
    }

    /// <summary>Sums divergences; logits of the model become their gradients where these are wanted.</summary>
    private double Compare(int tokens, double factor, bool wantsGradients)
    {
        double sum = 0;
        int vocabulary = _head.Tensor.Rows;
        fixed (float* model = _model, reference = _reference, slopes = _slopes)
        {
            for (int token = 0; token < tokens; token++)
            {
                float* row = model + ((nint)token * vocabulary), expected = reference + ((nint)token * vocabulary);
                if (_cap != 0)
                {
                    VectorOperations.SoftCap(row, 1, _cap, vocabulary);
                    VectorOperations.SoftCap(expected, 1, _cap, vocabulary);
                    VectorOperations.SoftCapSlopes(row, 1, _cap, slopes, vocabulary);
                }

                var logits = new Span<float>(row, vocabulary);
                _divergence.Compare(logits, new ReadOnlySpan<float>(expected, vocabulary), 0);
                sum += _divergence.Divergence;
                if (!wantsGradients) continue;
                _divergence.Gradient(factor, logits);
                if (_cap != 0) VectorOperations.Multiply(row, slopes, vocabulary);
            }
        }

        return sum;
    }
}
