using System.Collections.Immutable;

namespace Dropwise.Inference.Blocks;

/// <summary>The tokens of a window that go through one network.</summary>
/// <param name="Tokens">The tokens, ascending; default where all go through it.</param>
/// <param name="Weights">What each token's result is multiplied by; default where by 1.</param>
public readonly record struct NetworkTokens(ImmutableArray<int> Tokens, ImmutableArray<float> Weights)
{
    /// <summary>All tokens, each counting whole: what a dense network gets.</summary>
    public static NetworkTokens All => default;

    /// <summary>Whether all tokens go through the network.</summary>
    public bool AreAll => Tokens.IsDefault;

    /// <summary>How many tokens go through the network.</summary>
    /// <param name="tokens">Tokens of the window.</param>
    public int CountOf(int tokens) => AreAll ? tokens : Tokens.Length;

    /// <summary>The token at a place among those of the network.</summary>
    /// <param name="index">The place.</param>
    public int TokenOf(int index) => AreAll ? index : Tokens[index];

    /// <summary>What the result of the token at a place is multiplied by.</summary>
    /// <param name="index">The place.</param>
    public float WeightOf(int index) => AreAll ? 1 : Weights[index];

    /// <summary>Copies the rows of these tokens.</summary>
    /// <param name="rows">Rows of all tokens [tokens, size].</param>
    /// <param name="size">Elements of a row.</param>
    /// <returns>The rows themselves where all tokens go through the network, otherwise copies [these tokens, size].</returns>
    public float[] Gather(float[] rows, int size)
    {
        if (AreAll) return rows;
        var gathered = new float[Tokens.Length * size];
        for (int i = 0; i < Tokens.Length; i++) rows.AsSpan(Tokens[i] * size, size).CopyTo(gathered.AsSpan(i * size));
        return gathered;
    }
}
