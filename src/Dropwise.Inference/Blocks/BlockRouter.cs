using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Blocks;

/// <summary>Chooses the experts of each token. What is chosen decides what is computed next, so that the host does it whatever computes the rest.</summary>
/// <param name="engine">What computes scores.</param>
/// <param name="config">Experts, and how they are weighted.</param>
/// <param name="scores">What scores the experts, [experts, hidden].</param>
internal sealed unsafe class BlockRouter(BlockEngine engine, ExpertConfig config, BlockLinear scores)
{
    /// <summary>The tokens of each expert.</summary>
    /// <param name="normed">The network's input [tokens, hidden].</param>
    /// <param name="tokens">Tokens.</param>
    public ImmutableArray<NetworkTokens> Route(float* normed, int tokens)
    {
        using var buffers = new ExpertBuffers(config.Count, config.Used, scores.Tensor.Columns, tokens);
        ReadScores(normed, tokens, new Span<float>(buffers.Scores, tokens * config.Count));
        buffers.Choose(config, tokens);
        return [.. Enumerable.Range(0, config.Count).Select(expert =>
        {
            ImmutableArray<int> places = [.. buffers.PlacesOf(expert).Span];
            return new NetworkTokens([.. places.Select(place => place / config.Used)], [.. places.Select(buffers.WeightOf)]);
        })];
    }

    /// <summary>Goes back from the weights of chosen experts to the scores, with the choice as it was: its jumps have no gradient.</summary>
    /// <param name="normed">The network's input [tokens, hidden].</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="routes">What <see cref="Route"/> gave.</param>
    /// <param name="gradients">The gradient of each expert's weight [tokens, experts], 0 where it was not chosen; becomes that of the scores.</param>
    public void Backward(float* normed, int tokens, ImmutableArray<NetworkTokens> routes, float* gradients)
    {
        float[] shares = config.Normalized ? Scatter(routes, tokens) : Probabilities(normed, tokens), values = new float[shares.Length];
        engine.Read(gradients, values);
        fixed (float* rows = shares, slopes = values)
        {
            for (nint row = 0; row < shares.Length; row += config.Count) VectorOperations.SoftmaxGradient(rows + row, slopes + row, config.Count);
        }

        engine.Write(values, gradients);
    }

    private void ReadScores(float* normed, int tokens, Span<float> values)
    {
        using FloatMemory memory = engine.Allocate(values.Length);
        engine.Multiply(scores, new FloatView(normed, tokens, scores.Tensor.Columns), memory.View(tokens, config.Count));
        engine.Read(memory.Pointer, values);
    }

    // Weights that add up to 1 are a softmax over the chosen experts; others are parts of one over all.
    private float[] Scatter(ImmutableArray<NetworkTokens> routes, int tokens)
    {
        var weights = new float[tokens * config.Count];
        for (int expert = 0; expert < routes.Length; expert++)
        {
            NetworkTokens route = routes[expert];
            for (int i = 0; i < route.Tokens.Length; i++) weights[(route.Tokens[i] * config.Count) + expert] = route.Weights[i];
        }

        return weights;
    }

    private float[] Probabilities(float* normed, int tokens)
    {
        var probabilities = new float[tokens * config.Count];
        ReadScores(normed, tokens, probabilities);
        fixed (float* rows = probabilities)
        {
            for (nint row = 0; row < probabilities.Length; row += config.Count)
                VectorOperations.Multiply(rows + row, 1 / VectorOperations.SoftmaxNumerators(rows + row, 1, config.Count), config.Count);
        }

        return probabilities;
    }
}
