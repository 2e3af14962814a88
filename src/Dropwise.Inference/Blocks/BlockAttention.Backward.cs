using Dropwise.Cpu;

namespace Dropwise.Inference.Blocks;

/// <content>Attention backwards. Weights are computed again, because those of all heads of a long window are larger than the layer.</content>
internal sealed unsafe partial class BlockAttention
{
    /// <summary>Whether queries or keys have a norm of their own, whose gradient needs them as they were projected.</summary>
    public bool HasHeadNorms => _queryNorm is not null || _keyNorm is not null;

    /// <summary>Room for the gradients of the norms of queries and of keys, zeros; null where there is none.</summary>
    public (NormWeights? Query, NormWeights? Key) NewGradients() => (_queryNorm?.NewGradient(), _keyNorm?.NewGradient());

    /// <summary>Goes back through <see cref="Forward"/>.</summary>
    /// <param name="rope">The rotary tables that went forward.</param>
    /// <param name="projected">Queries, keys and values before norms and turning [tokens, <see cref="Width"/>]; null without norms of heads.</param>
    /// <param name="wide">What <see cref="Forward"/> made of them.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="dattended">The gradient of the heads' outputs [tokens, heads · dimension].</param>
    /// <param name="dwide">Receives the gradient of the projections [tokens, <see cref="Width"/>].</param>
    /// <param name="queryGradient">The gradient of the queries' norm, added to; null where there is none.</param>
    /// <param name="keyGradient">The gradient of the keys' norm, added to; null where there is none.</param>
    public void Backward(
        RopeTable rope, float* projected, float* wide, int tokens, float* dattended, float* dwide, NormWeights? queryGradient, NormWeights? keyGradient)
    {
        new Span<float>(dwide, tokens * Width).Clear();
        long run = (long)RunQueries * tokens;
        using var scratch = new NativeBuffer(3 * run * sizeof(float));
        var scores = (float*)scratch.Pointer;
        for (int head = 0; head < _config.Heads; head++)
        {
            for (int first = 0; first < tokens; first += RunQueries)
                Backward(head, first, Math.Min(RunQueries, tokens - first), wide, scores, scores + run, scores + (2 * run), dattended, dwide);
        }

        for (int token = 0; token < tokens; token++)
        {
            nint row = (nint)token * Width;
            for (int head = 0; head < _config.Heads; head++) TurnBack(_queryNorm, row + _layout.Query(head), token, queryGradient);
            for (int head = 0; head < _config.KeyValueHeads; head++) TurnBack(_keyNorm, row + _layout.Key(head), token, keyGradient);
        }

        void TurnBack(BlockNorm? norm, nint at, int position, NormWeights? gradient)
        {
            rope.TurnBack(position, dwide + at);
            norm?.Backward(projected + at, dwide + at, 1, dwide + at, gradient!);
        }
    }

    // With weights P, values V and outputs P V: dV += Pᵀ dO, dP = dO Vᵀ; through softmax and scale to dS; dQ = dS K, dK += dSᵀ Q.
    private void Backward(int head, int first, int count, float* wide, float* scores, float* gradients, float* slopes, float* dattended, float* dwide)
    {
        int query = _layout.Query(head), key = _layout.Key(KeyHead(head)), value = _layout.Value(KeyHead(head));
        bool isCapped = _config.AttentionLogitCap is not null;
        FloatView weights = Weights(head, first, count, wide, scores, isCapped ? slopes : null);
        int positions = weights.Columns, start = first + count - positions;
        FloatView output = Output(dattended, head, first, count), dweights = new(gradients, count, positions);
        FloatProduct.Run(weights.Transposed, output, Heads(dwide, value, start, positions), accumulate: true);
        FloatProduct.Run(output, Heads(wide, value, start, positions).Transposed, dweights);
        for (int i = 0; i < count; i++)
        {
            float* row = dweights.At(i, 0);
            VectorOperations.SoftmaxGradient(weights.At(i, 0), row, positions);
            int from = FirstSeen(first + i) - start, seen = first + i + 1 - start - from;
            if (isCapped) VectorOperations.Multiply(row + from, slopes + ((nint)i * positions) + from, seen);
            else VectorOperations.Multiply(row + from, (float)_config.AttentionScale, seen);
        }

        FloatProduct.Run(dweights, Heads(wide, key, start, positions), Heads(dwide, query, first, count));
        FloatProduct.Run(dweights.Transposed, Heads(wide, query, first, count), Heads(dwide, key, start, positions), accumulate: true);
    }
}
