using System.Collections.Immutable;

namespace Dropwise.Quantization.Planning;

/// <summary>
/// FastEWQ: what EWQ would say of a block, from where it is among how many, without reading a weight. A score is the number of deviations by which the block's entropy is expected
/// above the mean of its model's blocks: it falls towards the end, over a number of blocks that does not grow with the model's depth. The paper's forest reads a block's index, the number of its weights and the model's
/// depth as they are; in four models each depth and each size stands for one model, and trees, neighbours and lines over them guessed models that were left out worse than always answering the same.
/// </summary>
public static class FastEntropy
{
    // Blocks over which entropy falls towards the end. Anything from 2 to 8 guesses models that are left out about as well.
    private const double Reach = 4;

    /// <summary>
    /// Weights of <see cref="Features"/>, fitted to the entropies of all blocks of tiny-stories-7m, stories15m, books-30m and SmolLM2-135M; <c>FastEntropyTests</c> fits them anew, holds
    /// them against this table, and says how often models that were left out agree.
    /// </summary>
    public static ImmutableArray<double> Table { get; } = [0.3866, -0.8730];

    /// <summary>The expected score of each block.</summary>
    /// <param name="blocks">Blocks of the model.</param>
    public static ImmutableArray<double> Scores(int blocks) =>
        [.. Enumerable.Range(0, blocks).Select(block => Features(block, blocks).Zip(Table).Sum(static pair => pair.First * pair.Second))];

    /// <summary>What is known of a block without its weights.</summary>
    /// <param name="block">From 0.</param>
    /// <param name="blocks">Blocks of the model.</param>
    /// <returns>1, and how near the end is, from almost 0 to 1 for the last block.</returns>
    public static double[] Features(int block, int blocks) => [1, Math.Exp((block + 1 - blocks) / Reach)];
}
