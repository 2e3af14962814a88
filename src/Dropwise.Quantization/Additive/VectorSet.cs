namespace Dropwise.Quantization.Additive;

/// <summary>Runs of normalised weights, each of which is to become a sum of codewords: [count, dimension], row-major.</summary>
/// <param name="dimension">Elements a vector, a multiple of 4.</param>
/// <param name="values">The elements; kept, not copied.</param>
internal sealed class VectorSet(int dimension, float[] values)
{
    // Enough vectors that a piece outweighs handing it to a thread, few enough that a small matrix still fills two threads.
    private const int SmallestPiece = 1024;

    // Pieces carry partial sums of their own, whose memory this bounds whatever the size of the matrix.
    private const int MostPieces = 128;

    /// <summary>Elements a vector.</summary>
    public int Dimension => dimension;

    /// <summary>Vectors.</summary>
    public int Count { get; } = values.Length / dimension;

    /// <summary>The elements.</summary>
    public float[] Values => values;

    /// <summary>Vectors that one thread takes at a time; depends on nothing but the number of vectors, so sums come out the same on any machine.</summary>
    public int Piece => Math.Max(SmallestPiece, (Count + MostPieces - 1) / MostPieces);

    /// <summary>Pieces of all vectors.</summary>
    public int Pieces => (Count + Piece - 1) / Piece;

    /// <summary>One vector.</summary>
    /// <param name="index">0 to count − 1.</param>
    public ReadOnlySpan<float> this[int index] => values.AsSpan(index * dimension, dimension);

    /// <summary>Some of the vectors, spread evenly over all of them, or this set where it has no more.</summary>
    /// <param name="count">The most vectors.</param>
    public VectorSet Sample(int count)
    {
        if (count >= Count) return this;
        var sample = new float[count * dimension];
        for (int i = 0; i < count; i++) this[(int)((long)i * Count / count)].CopyTo(sample.AsSpan(i * dimension));
        return new VectorSet(dimension, sample);
    }
}
