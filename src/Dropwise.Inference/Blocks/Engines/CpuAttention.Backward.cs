using Dropwise.Cpu;

namespace Dropwise.Inference.Blocks.Engines;

/// <content>Attention backwards. Weights are computed again, because those of all heads of a long window are larger than the layer.</content>
internal sealed unsafe partial class CpuAttention
{
    /// <summary>Goes back through <see cref="Turn(BlockAttention, BlockEngine, int, float*)"/>.</summary>
    /// <param name="attention">Heads, norms and rotary tables.</param>
    /// <param name="engine">What computes norms.</param>
    /// <param name="position">The token's position.</param>
    /// <param name="projected">Its queries, keys and values before norms and turning; null without norms of heads.</param>
    /// <param name="gradient">The gradient of what came out; becomes that of what went in.</param>
    /// <param name="queryGradient">The gradient of the queries' norm, added to; null where there is none.</param>
    /// <param name="keyGradient">The gradient of the keys' norm, added to; null where there is none.</param>
    public static void TurnBack(
        BlockAttention attention, BlockEngine engine, int position, float* projected, float* gradient, NormWeights? queryGradient, NormWeights? keyGradient)
    {
        for (int head = 0; head < attention.Config.Heads; head++) TurnBack(attention.QueryNorm, attention.Layout.Query(head), queryGradient);
        for (int head = 0; head < attention.Config.KeyValueHeads; head++) TurnBack(attention.KeyNorm, attention.Layout.Key(head), keyGradient);

        void TurnBack(BlockNorm? norm, int at, NormWeights? parameters)
        {
            attention.Rope.TurnBack(position, gradient + at);
            int dimension = attention.Config.HeadDimension;
            if (norm is not null) engine.NormalizeBack(norm, new FloatView(projected + at, 1, dimension), new FloatView(gradient + at, 1, dimension), parameters!);
        }
    }

    /// <summary>Goes back through <see cref="Forward"/>.</summary>
    /// <param name="dattended">The gradient of the heads' outputs [tokens, heads · dimension].</param>
    /// <param name="dwide">Receives the gradient of turned queries and keys, and of values [tokens, <see cref="BlockAttention.Width"/>].</param>
    public void Backward(float* dattended, float* dwide)
    {
        new Span<float>(dwide, _tokens * _attention.Width).Clear();
        long run = (long)RunQueries * _tokens;
        using var scratch = new NativeBuffer(3 * run * sizeof(float));
        var scores = (float*)scratch.Pointer;
        for (int head = 0; head < _config.Heads; head++)
        {
            for (int first = 0; first < _tokens; first += RunQueries)
                Backward(head, first, Math.Min(RunQueries, _tokens - first), scores, scores + run, scores + (2 * run), dattended, dwide);
        }
    }

    // With weights P, values V and outputs P V: dV += Pᵀ dO, dP = dO Vᵀ; through softmax and scale to dS; dQ = dS K, dK += dSᵀ Q.
    private void Backward(int head, int first, int count, float* scores, float* gradients, float* slopes, float* dattended, float* dwide)
    {
        int query = _layout.Query(head), key = _layout.Key(KeyHead(head)), value = _layout.Value(KeyHead(head));
        bool isCapped = _config.AttentionLogitCap is not null;
        FloatView weights = Weights(head, first, count, scores, isCapped ? slopes : null);
        int positions = weights.Columns, start = first + count - positions;
        FloatView output = Output(dattended, head, first, count), dweights = new(gradients, count, positions);
        FloatProduct.Run(weights.Transposed, output, Heads(dwide, value, start, positions), accumulate: true);
        FloatProduct.Run(output, Heads(_wide, value, start, positions).Transposed, dweights);
        for (int i = 0; i < count; i++)
        {
            float* row = dweights.At(i, 0);
            VectorOperations.SoftmaxGradient(weights.At(i, 0), row, positions);
            int from = _attention.FirstSeen(first + i) - start, seen = first + i + 1 - start - from;
            if (isCapped) VectorOperations.Multiply(row + from, slopes + ((nint)i * positions) + from, seen);
            else VectorOperations.Multiply(row + from, (float)_config.AttentionScale, seen);
        }

        FloatProduct.Run(dweights, Heads(_wide, key, start, positions), Heads(dwide, query, first, count));
        FloatProduct.Run(dweights.Transposed, Heads(_wide, query, first, count), Heads(dwide, key, start, positions), accumulate: true);
    }
}
