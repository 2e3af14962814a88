using System.Collections.Immutable;

namespace Dropwise.Quantization.Planning;

/// <summary>
/// FastEWQ: what EWQ would say of a block, from where it is among how many, without reading a weight. A score is the number of deviations by which the block's entropy is expected
/// above the mean of its model's blocks. The paper's forest also reads the number of weights; in four models each number stands for one model, and a fit that used it (or the
/// depth, times the place) guessed models that were left out no better than chance, so size only counts in the budget.
/// </summary>
public static class FastEntropy
{
    /// <summary>
    /// Weights of <see cref="Features"/>, fitted to the entropies of all blocks of tiny-stories-7m, stories15m, books-30m and SmolLM2-135M; <c>FastEntropyTests</c> fits them anew, holds
    /// them against this table, and says how often models that were left out agree.
    /// </summary>
    public static ImmutableArray<double> Table { get; } = [0, -0.5272];

    /// <summary>The expected score of each block.</summary>
    /// <param name="blocks">Blocks of the model.</param>
    public static ImmutableArray<double> Scores(int blocks) =>
        [.. Enumerable.Range(0, blocks).Select(block => Features(block, blocks).Zip(Table).Sum(static pair => pair.First * pair.Second))];

    /// <summary>What is known of a block without its weights.</summary>
    /// <param name="block">From 0.</param>
    /// <param name="blocks">Blocks of the model.</param>
    /// <returns>1, and the place from −1 to 1.</returns>
    public static double[] Features(int block, int blocks) => [1, blocks == 1 ? 0 : (2.0 * block / (blocks - 1)) - 1];
}
