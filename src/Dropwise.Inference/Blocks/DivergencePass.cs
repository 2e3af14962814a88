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

    // A gigabyte on a device, where a chunk has to be worth the wait for its sum.
    private const long DeviceChunkLogits = 1L << 28;
    private const int LeastTokens = 16;

    private readonly BlockNorm _norm;
    private readonly BlockLinear _head;
    private readonly BlockLinear _referenceHead;
    private readonly float _cap;
    private readonly BlockEngine _engine;
    private readonly EngineBuffer _normed;
    private readonly EngineBuffer _model;
    private readonly EngineBuffer _reference;
    private readonly int _tokens;

    /// <summary>Prepares passes.</summary>
    /// <param name="norm">The model's last norm, whose parameters may change between passes.</param>
    /// <param name="head">Its head.</param>
    /// <param name="referenceHead">The reference's head, of the same vocabulary.</param>
    /// <param name="cap">The cap of logits, or null.</param>
    /// <param name="engine">What computes.</param>
    public DivergencePass(BlockNorm norm, BlockLinear head, BlockLinear referenceHead, double? cap, BlockEngine engine)
    {
        (_norm, _head, _referenceHead, _engine, _cap) = (norm, head, referenceHead, engine, (float)(cap ?? 0));
        (_normed, _model, _reference) = (new EngineBuffer(engine), new EngineBuffer(engine), new EngineBuffer(engine));
        _tokens = (int)Math.Max(LeastTokens, (engine.IsConcurrent ? ChunkLogits : DeviceChunkLogits) / head.Tensor.Rows);
        NormGradient = norm.NewGradient();
    }

    /// <summary>The gradient of the last norm's parameters of the windows that went back since somebody cleared it.</summary>
    public NormWeights NormGradient { get; }

    /// <summary>The divergence of predictions.</summary>
    /// <param name="stream">The residual stream behind the last layer [tokens, hidden], where the engine computes.</param>
    /// <param name="reference">What the reference's head reads [tokens, hidden], where the engine computes.</param>
    /// <returns>The sum over tokens, in nats.</returns>
    public double Forward(FloatView stream, FloatView reference) => Run(stream, reference, null, default);

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
        _model.Dispose();
        _reference.Dispose();
    }

    private double Run(FloatView stream, FloatView reference, double? factor, FloatView gradient)
    {
        double sum = 0;
        for (int first = 0; first < stream.Rows; first += _tokens)
        {
            int tokens = Math.Min(_tokens, stream.Rows - first);
            FloatView part = stream.RowsFrom(first, tokens), normed = new(_normed.Resize((long)tokens * stream.Columns), tokens, stream.Columns);
            _engine.Normalize(_norm, part, normed);
            FloatView logits = Logits(_head, normed, _model);
            sum += _engine.Diverge(logits, Logits(_referenceHead, reference.RowsFrom(first, tokens), _reference), _cap, factor);
            if (factor is null) continue;
            FloatView dnormed = gradient.RowsFrom(first, tokens);
            _engine.MultiplyBack(_head, logits, dnormed);
            _engine.NormalizeBack(_norm, part, dnormed, NormGradient);
        }

        return sum;
    }

    /// <summary>A chunk's logits before the cap.</summary>
    private FloatView Logits(BlockLinear head, FloatView x, EngineBuffer memory)
    {
        FloatView logits = new(memory.Resize((long)x.Rows * head.Tensor.Rows), x.Rows, head.Tensor.Rows);
        _engine.Multiply(head, x, logits);
        return logits;
    }
}
