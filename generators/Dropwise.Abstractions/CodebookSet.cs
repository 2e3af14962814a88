namespace Dropwise;

/// <summary>
/// The codebooks of one matrix, or of all matrices of a model. Identity matters: matrices that hold the same instance share
/// product tables at run time and one tensor on disk.
/// </summary>
public sealed class CodebookSet
{
    /// <summary>Creates a set.</summary>
    /// <param name="count">Codebooks M.</param>
    /// <param name="codewords">Codewords a codebook.</param>
    /// <param name="dimension">Elements a codeword d.</param>
    /// <param name="values">Elements [M, codewords, d], exactly representable in the format's codeword type.</param>
    /// <param name="scales">One factor a codebook [M]; all 1 where codewords are floats.</param>
    /// <exception cref="ArgumentException">A length does not match the shape.</exception>
    public CodebookSet(int count, int codewords, int dimension, float[] values, float[] scales)
    {
        if (values.Length != count * codewords * dimension)
            throw new ArgumentException($"{values.Length} codeword elements, but [{count}, {codewords}, {dimension}] needs {count * codewords * dimension}", nameof(values));
        if (scales.Length != count)
            throw new ArgumentException($"{scales.Length} codebook scales for {count} codebooks", nameof(scales));
        Count = count;
        Codewords = codewords;
        Dimension = dimension;
        Values = values;
        Scales = scales;
    }

    /// <summary>Codebooks M.</summary>
    public int Count { get; }

    /// <summary>Codewords a codebook.</summary>
    public int Codewords { get; }

    /// <summary>Elements a codeword d.</summary>
    public int Dimension { get; }

    /// <summary>Elements [M, codewords, d]; integers in [−127, 127] where codewords are int8.</summary>
    public float[] Values { get; }

    /// <summary>One factor a codebook [M].</summary>
    public float[] Scales { get; }

    /// <summary>The elements of one codeword, without the codebook's factor.</summary>
    /// <param name="codebook">0 to M − 1.</param>
    /// <param name="code">0 to Codewords − 1.</param>
    public ReadOnlySpan<float> Codeword(int codebook, int code) =>
        Values.AsSpan(((codebook * Codewords) + code) * Dimension, Dimension);
}
