using Dropwise.Cpu;

namespace Dropwise.Quantization.Additive;

/// <summary>
/// Codebooks as the code search reads them: codewords side by side, so that a lane is a codeword, and multiplied by −2g, so that a
/// candidate's score is a constant and one multiply-add an element: g‖r − c‖² = g‖r‖² + g‖c‖² + r·(−2g c).
/// </summary>
internal sealed unsafe class SearchTables : IDisposable
{
    // Each further codeword leaves about a third of the squared error (normal weights, 256 codewords of 8: .325, .101, .032, .0106).
    private const float ErrorRatio = 1f / 3;

    private readonly NativeBuffer _transposed;
    private readonly NativeBuffer _norms;

    /// <summary>Prepares codebooks.</summary>
    /// <param name="codebooks">The codebooks; kept, not copied, and not to change while the tables are used.</param>
    /// <param name="weights">λ of each prefix [M].</param>
    public SearchTables(Codebooks codebooks, float[] weights)
    {
        Codebooks = codebooks;
        Weights = weights;
        Guides = new float[codebooks.Count];
        _transposed = new NativeBuffer((long)codebooks.Values.Length * sizeof(float));
        _norms = new NativeBuffer((long)codebooks.Count * codebooks.Codewords * sizeof(float));
        for (int m = codebooks.Count - 1; m >= 0; m--)
        {
            Guides[m] = weights[m] + (m + 1 < codebooks.Count ? ErrorRatio * Guides[m + 1] : 0);
            Fill(m);
        }
    }

    /// <summary>The codewords, row by row.</summary>
    public Codebooks Codebooks { get; }

    /// <summary>λ of each prefix [M].</summary>
    public float[] Weights { get; }

    /// <summary>
    /// g of each prefix [M]: its own weight and what its error will cost at the levels after it. The search keeps paths by this look-ahead,
    /// which is what makes prefixes of weight 0 useful.
    /// </summary>
    public float[] Guides { get; }

    /// <summary>−2 g_m C_m, [dimension, codewords], 64-byte aligned.</summary>
    /// <param name="codebook">0 to M − 1.</param>
    public float* Transposed(int codebook) => (float*)_transposed.Pointer + (codebook * Codebooks.Codewords * Codebooks.Dimension);

    /// <summary>g_m ‖c‖², [codewords], 64-byte aligned.</summary>
    /// <param name="codebook">0 to M − 1.</param>
    public float* Norms(int codebook) => (float*)_norms.Pointer + (codebook * Codebooks.Codewords);

    /// <inheritdoc/>
    public void Dispose()
    {
        _transposed.Dispose();
        _norms.Dispose();
    }

    private void Fill(int m)
    {
        int codewords = Codebooks.Codewords;
        float* table = Transposed(m);
        float* norms = Norms(m);
        for (int c = 0; c < codewords; c++)
        {
            ReadOnlySpan<float> codeword = Codebooks.Codeword(m, c);
            float norm = 0;
            for (int j = 0; j < codeword.Length; j++)
            {
                table[(j * codewords) + c] = -2 * Guides[m] * codeword[j];
                norm += codeword[j] * codeword[j];
            }

            norms[c] = Guides[m] * norm;
        }
    }
}
