using System.Collections.Immutable;
using Dropwise.Cpu;

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
    private readonly FloatBuffer _gradient = new();
    private readonly FloatBuffer _projectionGradient = new();
    private readonly FloatBuffer _attendedGradient = new();
    private readonly FloatBuffer _wideGradient = new();
    private readonly FloatBuffer _normedGradient = new();
    private readonly FloatBuffer _networkGradient = new();
    private readonly FloatBuffer _expertGradient = new();
    private readonly FloatBuffer _scoreGradient = new();

    /// <summary>The uses of <see cref="DecoderBlock.Linears"/>, in their order.</summary>
    public ImmutableArray<LinearUse> Linears { get; }

    /// <summary>The use of <see cref="DecoderBlock.Scores"/>, or null.</summary>
    public LinearUse? Scores { get; }

    /// <summary>The gradients of <see cref="DecoderBlock.Norms"/>, in their order, of the last window that went back.</summary>
    public ImmutableArray<NormWeights> Norms { get; }

    /// <summary>The gradient of the residual stream that the window began with [tokens, hidden].</summary>
    public ReadOnlySpan<float> InputGradient => _gradient.Values;

    /// <summary>Goes back with the window that went forward last.</summary>
    /// <param name="outputGradient">dL/d<see cref="Output"/> [tokens, hidden].</param>
    public void Backward(ReadOnlySpan<float> outputGradient)
    {
        foreach (NormWeights norm in Norms)
        {
            Array.Clear(norm.Weight);
            if (norm.Bias is not null) Array.Clear(norm.Bias);
        }

        float* gradient = _gradient.Copy(outputGradient);
        float* dnetwork = NetworkGradient(outputGradient);

        // In sequence, the feed-forward network read what attention had left; in parallel, what attention read.
        if (!_block.IsParallel) AddNorm(_block.FeedForwardNorm!, _middle.Pointer, dnetwork, _feedForwardNorm!, gradient);
        float* dnormed = AttentionGradient();
        if (_block.IsParallel && _block.FeedForwardNorm is { } own) AddNorm(own, _input.Pointer, dnetwork, _feedForwardNorm!, gradient);
        else if (_block.IsParallel) VectorOperations.Add(dnetwork, dnormed, _gradient.Length);
        AddNorm(_block.AttentionNorm, _input.Pointer, dnormed, _attentionNorm, gradient);
    }

    /// <summary>Back through the feed-forward networks.</summary>
    /// <returns>The gradient of what they read [tokens, hidden].</returns>
    private float* NetworkGradient(ReadOnlySpan<float> outputGradient)
    {
        float* dsum = _projectionGradient.Copy(outputGradient), dinput = _networkGradient.Clear(outputGradient.Length);
        _block.PostFeedForwardNorm?.Backward(_networkSum.Pointer, dsum, _tokens, dsum, _postFeedForwardNorm!);
        float* dscores = _scoreGradient.Clear(_block.Router is null ? 0 : _tokens * _networks.Length);
        for (int expert = 0; expert < _networks.Length; expert++)
        {
            NetworkPass network = _networks[expert];
            NetworkTokens route = Routes[expert];
            int count = route.CountOf(_tokens);
            float* doutputs = network.OutputGradients();
            for (int i = 0; i < count; i++)
            {
                float* row = dsum + ((nint)route.TokenOf(i) * Hidden), target = doutputs + ((nint)i * Hidden);
                new ReadOnlySpan<float>(row, Hidden).CopyTo(new Span<float>(target, Hidden));
                VectorOperations.Multiply(target, route.WeightOf(i), Hidden);
                if (!route.AreAll) dscores[(route.TokenOf(i) * _networks.Length) + expert] = VectorOperations.Dot(row, network.Output(i), Hidden);
            }

            float* dinputs = _expertGradient.Resize(count * Hidden);
            network.Backward(dinputs);
            for (int i = 0; i < count; i++) VectorOperations.Add(dinputs + ((nint)i * Hidden), dinput + ((nint)route.TokenOf(i) * Hidden), Hidden);
        }

        if (_block.Router is null) return dinput;
        BlockLinear scores = _block.Scores!;
        _block.Router.Backward(_networkInput.Pointer, _tokens, Routes, dscores);
        scores.Backward(dscores, _tokens, dinput, accumulate: true);
        Scores!.Set(new FloatView(_networkInput.Pointer, _tokens, Hidden), new FloatView(dscores, _tokens, _networks.Length));
        return dinput;
    }

    /// <summary>Back through attention.</summary>
    /// <returns>The gradient of what it read [tokens, hidden].</returns>
    private float* AttentionGradient()
    {
        float* dprojection = _projectionGradient.Copy(_gradient.Values);
        _block.PostAttentionNorm?.Backward(_attentionProjection.Pointer, dprojection, _tokens, dprojection, _postAttentionNorm!);
        float* dattended = _attendedGradient.Resize(_attended.Length), dwide = _wideGradient.Resize(_wide.Length), dnormed = _normedGradient.Resize(_input.Length);
        _block.AttentionOutput.Backward(dprojection, _tokens, dattended);
        _attentionUses[^1].Set(new FloatView(_attended.Pointer, _tokens, _block.AttendedSize), new FloatView(dprojection, _tokens, Hidden));
        float* projected = _block.Attention.HasHeadNorms ? _projected.Pointer : null;
        _block.Attention.Backward(_block.Rope, projected, _wide.Pointer, _tokens, dattended, dwide, _queryNorm, _keyNorm);
        int width = _block.Attention.Width, offset = 0;
        for (int i = 0; i < _block.QueryKeyValue.Length; i++)
        {
            BlockLinear linear = _block.QueryKeyValue[i];
            linear.Backward(dwide + offset, _tokens, dnormed, width, accumulate: i > 0);
            _attentionUses[i].Set(
                new FloatView(_attentionInput.Pointer, _tokens, Hidden), new FloatView(dwide + offset, _tokens, linear.Tensor.Rows, width));
            offset += linear.Tensor.Rows;
        }

        return dnormed;
    }

    private void AddNorm(BlockNorm norm, float* x, float* dy, NormWeights parameters, float* gradient)
    {
        norm.Backward(x, dy, _tokens, dy, parameters);
        VectorOperations.Add(dy, gradient, _gradient.Length);
    }
}
