namespace Dropwise.Quantization.Additive;

/// <summary>Codebooks in training: float32 elements, scales already multiplied in.</summary>
internal sealed class Codebooks
{
    /// <summary>Creates codebooks of zeros.</summary>
    /// <param name="count">Codebooks M.</param>
    /// <param name="codewords">Codewords a codebook, a multiple of 16.</param>
    /// <param name="dimension">Elements a codeword, a multiple of 4.</param>
    public Codebooks(int count, int codewords, int dimension)
    {
        Count = count;
        Codewords = codewords;
        Dimension = dimension;
        Values = new float[count * codewords * dimension];
    }

    /// <summary>Codebooks M.</summary>
    public int Count { get; }

    /// <summary>Codewords a codebook.</summary>
    public int Codewords { get; }

    /// <summary>Elements a codeword.</summary>
    public int Dimension { get; }

    /// <summary>Elements [M, codewords, dimension].</summary>
    public float[] Values { get; }

    /// <summary>One codeword.</summary>
    /// <param name="codebook">0 to M − 1.</param>
    /// <param name="code">0 to codewords − 1.</param>
    public Span<float> Codeword(int codebook, int code) => Values.AsSpan(((codebook * Codewords) + code) * Dimension, Dimension);

    /// <summary>The elements of one codebook [codewords, dimension].</summary>
    /// <param name="codebook">0 to M − 1.</param>
    public Span<float> Codebook(int codebook) => Values.AsSpan(codebook * Codewords * Dimension, Codewords * Dimension);

    /// <summary>The values that stored codebooks stand for.</summary>
    /// <param name="stored">Codebooks as a checkpoint has them.</param>
    public static Codebooks From(CodebookSet stored)
    {
        var result = new Codebooks(stored.Count, stored.Codewords, stored.Dimension);
        int size = stored.Codewords * stored.Dimension;
        for (int i = 0; i < result.Values.Length; i++) result.Values[i] = stored.Values[i] * stored.Scales[i / size];
        return result;
    }

    /// <summary>Rounds to what a format stores: float elements, or bytes with one scale a codebook.</summary>
    /// <param name="codeword">The type of a codeword's elements.</param>
    public CodebookSet Store(ScalarType codeword)
    {
        var values = new float[Values.Length];
        var scales = new float[Count];
        Array.Fill(scales, 1);
        int size = Codewords * Dimension;
        for (int m = 0; m < Count; m++)
        {
            Span<float> stored = values.AsSpan(m * size, size);
            if (codeword == ScalarType.Int8) scales[m] = RoundToBytes(Codebook(m), stored);
            else for (int i = 0; i < size; i++) stored[i] = ScalarRounding.Round(codeword, Codebook(m)[i]);
        }

        return new CodebookSet(Count, Codewords, Dimension, values, scales);
    }

    // The largest element becomes 127: codewords of normal weights have no outliers that a smaller scale would pay for.
    private static float RoundToBytes(ReadOnlySpan<float> values, Span<float> stored)
    {
        float largest = 0;
        foreach (float value in values) largest = Math.Max(largest, MathF.Abs(value));
        if (largest == 0) return 1;
        float scale = largest / sbyte.MaxValue;
        for (int i = 0; i < values.Length; i++) stored[i] = Math.Clamp(MathF.Round(values[i] / scale), -sbyte.MaxValue, sbyte.MaxValue);
        return scale;
    }
}
