using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Blocks;

/// <summary>Chooses the experts of each token of a window.</summary>
/// <param name="config">Experts, and how they are weighted.</param>
/// <param name="scores">What scores the experts, [experts, hidden].</param>
internal sealed unsafe class BlockRouter(ExpertConfig config, BlockLinear scores)
{
    /// <summary>The tokens of each expert.</summary>
    /// <param name="normed">The network's input [tokens, hidden].</param>
    /// <param name="tokens">Tokens.</param>
    public ImmutableArray<NetworkTokens> Route(float* normed, int tokens)
    {
        using var buffers = new ExpertBuffers(config.Count, config.Used, scores.Tensor.Columns, tokens);
        scores.Forward(normed, tokens, buffers.Scores);
        buffers.Choose(config, tokens);
        return [.. Enumerable.Range(0, config.Count).Select(expert =>
        {
            ImmutableArray<int> places = [.. buffers.PlacesOf(expert).Span];
            return new NetworkTokens([.. places.Select(place => place / config.Used)], [.. places.Select(buffers.WeightOf)]);
        })];
    }
}
