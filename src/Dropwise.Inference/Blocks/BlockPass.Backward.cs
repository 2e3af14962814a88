using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines;

namespace Dropwise.Inference.Blocks;

/// <content>The way back.</content>
public sealed unsafe partial class BlockPass
{
    private readonly ImmutableArray<LinearUse> _attentionUses;
    private readonly NormWeights _attentionNorm;
    private readonly NormWeights? _postAttentionNorm;
    private readonly NormWeights? _feedForwardNorm;
    private readonly NormWeights? _postFeedForwardNorm;
    private readonly NormWeights? _queryNorm;
    private readonly NormWeights? _keyNorm;
    private readonly EngineBuffer _gradient;
    private readonly EngineBuffer _projectionGradient;
    private readonly EngineBuffer _attendedGradient;
    private readonly EngineBuffer _wideGradient;
    private readonly EngineBuffer _normedGradient;
    private readonly EngineBuffer _networkGradient;
    private readonly EngineBuffer _expertGradient;
    private readonly EngineBuffer _scoreGradient;

    /// <summary>The uses of <see cref="DecoderBlock.Linears"/>, in their order.</summary>
    public ImmutableArray<LinearUse> Linears { get; }

    /// <summary>The use of <see cref="DecoderBlock.Scores"/>, or null.</summary>
    public LinearUse? Scores { get; }

    /// <summary>The gradients of <see cref="DecoderBlock.Norms"/>, in their order, of the last batch that went back.</summary>
    public ImmutableArray<NormWeights> Norms { get; }

    /// <summary>The gradient of the residual streams that the batch began with [tokens, hidden], where the engine computes.</summary>
    public FloatView InputGradientRows => Rows(_gradient.Pointer);

    /// <summary>The same; of an engine whose memory is the host's.</summary>
    public ReadOnlySpan<float> InputGradient => _gradient.Values;

    /// <summary>Goes back with the window that went forward last.</summary>
    /// <param name="outputGradient">dL/d<see cref="Output"/> [tokens, hidden], on the host.</param>
    public void Backward(ReadOnlySpan<float> outputGradient)
    {
        if (outputGradient.Length != Count) throw new ArgumentException($"{outputGradient.Length} gradients of {Count} values", nameof(outputGradient));
        _engine.Write(outputGradient, _gradient.Resize(outputGradient.Length));
        Backward();
    }

    /// <summary>Goes back with the batch that went forward last.</summary>
    /// <param name="outputGradient">dL/d<see cref="OutputRows"/> [tokens, hidden], where the engine computes; copied.</param>
    public void Backward(float* outputGradient)
    {
        _gradient.Copy(outputGradient, Count);
        Backward();
    }

    private void Backward()
    {
        foreach (NormWeights norm in Norms)
        {
            Array.Clear(norm.Weight);
            if (norm.Bias is not null) Array.Clear(norm.Bias);
        }

        FloatView dnetwork = NetworkGradient();

        // In sequence, the feed-forward network read what attention had left; in parallel, what attention read.
        if (!_block.IsParallel) AddNorm(_block.FeedForwardNorm!, _middle, dnetwork, _feedForwardNorm!);
        FloatView dnormed = AttentionGradient();
        if (_block.IsParallel && _block.FeedForwardNorm is { } own) AddNorm(own, _input, dnetwork, _feedForwardNorm!);
        else if (_block.IsParallel) _engine.Add(dnetwork.Data, dnormed.Data, Count);
        AddNorm(_block.AttentionNorm, _input, dnormed, _attentionNorm);
    }

    /// <summary>Back through the feed-forward networks.</summary>
    /// <returns>The gradient of what they read [tokens, hidden].</returns>
    private FloatView NetworkGradient()
    {
        FloatView dsum = Rows(_projectionGradient.Copy(_gradient.Pointer, Count)), dinput = Rows(_networkGradient.Clear(Count));
        if (_block.PostFeedForwardNorm is { } norm) _engine.NormalizeBack(norm, Rows(_networkSum.Pointer), dsum, _postFeedForwardNorm!);
        int scored = _block.Router is null ? 0 : _networks.Length;
        FloatView dscores = new(_scoreGradient.Clear((long)Tokens * scored), Tokens, scored);
        for (int expert = 0; expert < _networks.Length; expert++)
        {
            NetworkPass network = _networks[expert];
            NetworkTokens route = Routes[expert];
            _engine.Gather(route, dsum, network.OutputGradients(), weighted: true);
            if (!route.AreAll) _engine.RowProducts(route, dsum, network.Outputs, dscores.Part(0, Tokens, expert, 1));
            int count = route.CountOf(Tokens);
            FloatView dinputs = new(_expertGradient.Resize((long)count * Hidden), count, Hidden);
            network.Backward(dinputs);
            _engine.Scatter(route, dinputs, dinput, weighted: false);
        }

        if (_block.Router is null) return dinput;
        BlockLinear scores = _block.Scores!;
        _block.Router.Backward(_networkInput.Pointer, Tokens, Routes, dscores.Data);
        _engine.MultiplyBack(scores, dscores, dinput, accumulate: true);
        Scores!.Set(Rows(_networkInput.Pointer), dscores);
        return dinput;
    }

    /// <summary>Back through attention.</summary>
    /// <returns>The gradient of what it read [tokens, hidden].</returns>
    private FloatView AttentionGradient()
    {
        FloatView dprojection = Rows(_projectionGradient.Copy(_gradient.Pointer, Count)), dnormed = Rows(_normedGradient.Resize(Count));
        if (_block.PostAttentionNorm is { } norm) _engine.NormalizeBack(norm, Rows(_attentionProjection.Pointer), dprojection, _postAttentionNorm!);
        float* dattended = _attendedGradient.Resize(_attended.Length), dwide = _wideGradient.Resize(_wide.Length);
        _engine.MultiplyBack(_block.AttentionOutput, dprojection, _attendedGradient.Rows(Tokens));
        _attentionUses[^1].Set(_attended.Rows(Tokens), dprojection);
        _engine.AttendBack(_block.Attention, _wide.Pointer, _batch, dattended, dwide);
        _engine.TurnHeadsBack(_block.Attention, _block.Attention.HasHeadNorms ? _projected.Pointer : null, dwide, _batch, _queryNorm, _keyNorm);
        int offset = 0;
        for (int i = 0; i < _block.QueryKeyValue.Length; i++)
        {
            BlockLinear linear = _block.QueryKeyValue[i];
            FloatView outputs = new(dwide + offset, Tokens, linear.Tensor.Rows, _block.Attention.Width);
            _engine.MultiplyBack(linear, outputs, dnormed, accumulate: i > 0);
            _attentionUses[i].Set(Rows(_attentionInput.Pointer), outputs);
            offset += linear.Tensor.Rows;
        }

        return dnormed;
    }

    private void AddNorm(BlockNorm norm, EngineBuffer x, FloatView dy, NormWeights parameters)
    {
        _engine.NormalizeBack(norm, Rows(x.Pointer), dy, parameters);
        _engine.Add(dy.Data, _gradient.Pointer, Count);
    }
}
