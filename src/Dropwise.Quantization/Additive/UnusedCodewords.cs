namespace Dropwise.Quantization.Additive;

/// <summary>Gives codewords that no vector uses another place; the error of the present codes does not change by it.</summary>
internal static class UnusedCodewords
{
    /// <summary>Moves each unused codeword to what the codebooks before it leave of one of the worst vectors.</summary>
    /// <param name="vectors">The vectors.</param>
    /// <param name="codebooks">The codebooks; only unused codewords change.</param>
    /// <param name="codes">A plane a codebook [M][vectors].</param>
    /// <param name="costs">Each vector's weighted squared error.</param>
    public static void Reseed(VectorSet vectors, Codebooks codebooks, ushort[][] codes, float[] costs)
    {
        int[]? worst = null;
        int next = 0;
        for (int m = 0; m < codebooks.Count; m++)
        {
            var used = new bool[codebooks.Codewords];
            foreach (ushort code in codes[m]) used[code] = true;
            for (int c = 0; c < used.Length; c++)
            {
                if (used[c]) continue;

                // Sorted only when needed: most rounds of most matrices have no unused codeword.
                worst ??= WorstFirst(costs);
                if (next == worst.Length || costs[worst[next]] == 0) return;
                int v = worst[next++];
                Span<float> codeword = codebooks.Codeword(m, c);
                vectors[v].CopyTo(codeword);
                for (int before = 0; before < m; before++)
                {
                    ReadOnlySpan<float> taken = codebooks.Codeword(before, codes[before][v]);
                    for (int j = 0; j < codeword.Length; j++) codeword[j] -= taken[j];
                }
            }
        }
    }

    private static int[] WorstFirst(float[] costs)
    {
        int[] order = [.. Enumerable.Range(0, costs.Length)];

        // Equal costs by index: the order must not depend on the sort.
        Array.Sort(order, (a, b) => costs[a] == costs[b] ? a.CompareTo(b) : costs[b].CompareTo(costs[a]));
        return order;
    }
}
