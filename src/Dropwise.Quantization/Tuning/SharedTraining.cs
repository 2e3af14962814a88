using Dropwise.Quantization.Additive;

namespace Dropwise.Quantization.Tuning;

/// <summary>Codebooks that the matrices of a whole model share, in training: all of them read and change the same values, and are stored with one instance.</summary>
internal sealed class SharedTraining
{
    private readonly Dictionary<CodebookSet, (CodebookSet Working, TrainedVector Vector)> _sets = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<CodebookSet, CodebookSet> _stored = new(ReferenceEqualityComparer.Instance);

    /// <summary>Starts to train codebooks.</summary>
    /// <param name="stored">The codebooks; left as they are.</param>
    /// <returns>Their values as they are in training, with factors of 1, and what trains them.</returns>
    public static (CodebookSet Working, TrainedVector Vector) Train(CodebookSet stored)
    {
        Codebooks values = Codebooks.From(stored);
        var working = new CodebookSet(values.Count, values.Codewords, values.Dimension, values.Values, [.. stored.Scales.Select(static _ => 1f)]);
        return (working, new TrainedVector(values.Values, values.Codewords * values.Dimension));
    }

    /// <summary>The set that a matrix shares.</summary>
    /// <param name="stored">What the matrix has had.</param>
    public (CodebookSet Working, TrainedVector Vector) Of(CodebookSet stored)
    {
        if (!_sets.TryGetValue(stored, out (CodebookSet, TrainedVector) set)) _sets.Add(stored, set = Train(stored));
        return set;
    }

    /// <summary>The set rounded to what the format stores, one instance for all matrices until <see cref="Changed"/>.</summary>
    /// <param name="stored">What the matrix has had.</param>
    /// <param name="codeword">The type of a codeword's elements.</param>
    public CodebookSet Store(CodebookSet stored, ScalarType codeword)
    {
        if (!_stored.TryGetValue(stored, out CodebookSet? rounded)) _stored.Add(stored, rounded = Codebooks.From(_sets[stored].Working).Store(codeword));
        return rounded;
    }

    /// <summary>Says that values have changed since they were stored.</summary>
    public void Changed() => _stored.Clear();
}
