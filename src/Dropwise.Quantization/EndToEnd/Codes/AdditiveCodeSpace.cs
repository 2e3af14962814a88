using System.Numerics;
using System.Runtime.InteropServices;

namespace Dropwise.Quantization.EndToEnd.Codes;

/// <summary>
/// Sums of codewords, of which every served level reads a prefix: a run of inputs is a group. One code after the other is chosen with all others in view, in the
/// metric of all levels that read it, until none changes; no choice raises Σ_l ω_l ‖target_l − Ŵ_l‖².
/// </summary>
internal sealed class AdditiveCodeSpace : ICodeSpace
{
    // Codes that have not settled after two rounds hardly change any more.
    private const int Rounds = 2;

    private readonly CanonicalMatrix _matrix;
    private readonly int[] _prefixes;
    private readonly int _runs;
    private readonly int _dimension;
    private readonly int _codewords;
    private readonly float[] _transposed;
    private readonly float[] _norms;
    private readonly float[] _scores;
    private readonly float[] _values;

    /// <summary>Looks at a matrix.</summary>
    /// <param name="matrix">The matrix in training, with codebooks whose factors are 1 or applied here; its codes are changed.</param>
    /// <param name="levels">The served levels, ascending.</param>
    public AdditiveCodeSpace(CanonicalMatrix matrix, IReadOnlyList<int> levels)
    {
        CodebookSet books = matrix.Codebooks!;
        _matrix = matrix;
        _prefixes = [.. levels.Select(matrix.Format.CodebooksAt)];
        (_dimension, _codewords, _runs) = (books.Dimension, books.Codewords, matrix.Columns / books.Dimension);
        _transposed = new float[books.Values.Length];
        _norms = new float[books.Count * books.Codewords];
        _scores = new float[books.Codewords];
        _values = new float[_prefixes.Length * books.Dimension];
        Refresh();
    }

    /// <inheritdoc/>
    public int GroupSize => _dimension;

    /// <inheritdoc/>
    /// <remarks>A search costs as much as all else of ten groups, and those that are farthest from their codes are those that get others.</remarks>
    public int Reserve => 1;

    /// <inheritdoc/>
    public void Decode(int group, Span<float> values)
    {
        Span<float> sum = stackalloc float[_dimension];
        sum.Clear();
        float scale = RowScale(group);
        for (int level = 0, m = 0; level < _prefixes.Length; level++)
        {
            for (; m < _prefixes[level]; m++) Add(m, group, 1, sum);
            for (int i = 0; i < sum.Length; i++) values[(level * _dimension) + i] = scale * sum[i];
        }
    }

    /// <inheritdoc/>
    public void Encode(int group, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights, Random? random = null)
    {
        float scale = RowScale(group);
        if (scale == 0) return;
        Decode(group, _values);

        // What each level still misses, before the row's scale.
        Span<float> missing = _values;
        for (int i = 0; i < missing.Length; i++) missing[i] = (targets[i] - missing[i]) / scale;
        for (int round = 0; round < (random is null ? Rounds : 1); round++)
        {
            bool changed = false;
            for (int m = 0; m < _prefixes[^1]; m++) changed |= EncodeOne(m, group, missing, weights, random);
            if (!changed) return;
        }
    }

    /// <inheritdoc/>
    public void Save(int group, Span<ushort> codes)
    {
        for (int m = 0; m < _matrix.Codes.Length; m++) codes[m] = _matrix.Codes[m][group];
    }

    /// <inheritdoc/>
    public void Restore(int group, ReadOnlySpan<ushort> codes)
    {
        for (int m = 0; m < _matrix.Codes.Length; m++) _matrix.Codes[m][group] = codes[m];
    }

    /// <inheritdoc/>
    public void Refresh()
    {
        CodebookSet books = _matrix.Codebooks!;
        for (int m = 0; m < books.Count; m++)
        {
            for (int c = 0; c < _codewords; c++)
            {
                ReadOnlySpan<float> codeword = books.Codeword(m, c);
                float norm = 0;
                for (int i = 0; i < _dimension; i++)
                {
                    float value = codeword[i] * books.Scales[m];
                    _transposed[(((m * _dimension) + i) * _codewords) + c] = value;
                    norm += value * value;
                }

                _norms[(m * _codewords) + c] = norm;
            }
        }
    }

    /// <summary>Chooses one code: of all codewords c the one of least Ω ‖c‖² − 2 ⟨c, R⟩, R = Σ ω_l (missing_l + its present codeword), Ω = Σ ω_l over the levels that read it.</summary>
    private bool EncodeOne(int m, int group, Span<float> missing, ReadOnlySpan<float> weights, Random? random)
    {
        Span<float> wanted = stackalloc float[_dimension], before = stackalloc float[_dimension];
        wanted.Clear();
        before.Clear();
        Add(m, group, 1, before);
        float total = 0, whole = 0;
        for (int level = 0; level < _prefixes.Length; level++)
        {
            if (_prefixes[level] <= m) continue;
            total += weights[level];
            for (int i = 0; i < _dimension; i++)
            {
                float own = missing[(level * _dimension) + i] + before[i];
                wanted[i] += weights[level] * own;
                whole += weights[level] * own * own;
            }
        }

        if (total == 0) return false;
        Score(m, total, wanted);
        int present = _matrix.Codes[m][group], best = present;
        for (int c = 0; c < _codewords; c++)
        {
            if (_scores[c] < _scores[best]) best = c;
        }

        if (random is not null) best = Drawn(best, whole, random);
        if (best == present) return false;
        _matrix.Codes[m][group] = (ushort)best;
        Span<float> change = before;
        Add(m, group, -1, change);
        for (int level = 0; level < _prefixes.Length; level++)
        {
            if (_prefixes[level] <= m) continue;
            for (int i = 0; i < _dimension; i++) missing[(level * _dimension) + i] += change[i];
        }

        return true;
    }

    /// <summary>The codeword of the least error or the one after it, the more probable the closer, as on a line between the two.</summary>
    private int Drawn(int best, float whole, Random random)
    {
        int second = best == 0 ? 1 : 0;
        for (int c = 0; c < _codewords; c++)
        {
            if (c != best && _scores[c] < _scores[second]) second = c;
        }

        float near = MathF.Sqrt(MathF.Max(0, _scores[best] + whole)), far = MathF.Sqrt(MathF.Max(0, _scores[second] + whole));
        return random.NextSingle() * (near + far) < near ? second : best;
    }

    private void Score(int m, float total, ReadOnlySpan<float> wanted)
    {
        Span<Vector<float>> scores = MemoryMarshal.Cast<float, Vector<float>>(_scores.AsSpan());
        ReadOnlySpan<Vector<float>> norms = MemoryMarshal.Cast<float, Vector<float>>(_norms.AsSpan(m * _codewords, _codewords));
        for (int c = 0; c < scores.Length; c++) scores[c] = norms[c] * total;
        for (int i = 0; i < _dimension; i++)
        {
            ReadOnlySpan<Vector<float>> elements = MemoryMarshal.Cast<float, Vector<float>>(_transposed.AsSpan(((m * _dimension) + i) * _codewords, _codewords));
            float factor = -2 * wanted[i];
            for (int c = 0; c < scores.Length; c++) scores[c] += elements[c] * factor;
        }
    }

    private void Add(int m, int group, float factor, Span<float> sum)
    {
        CodebookSet books = _matrix.Codebooks!;
        ReadOnlySpan<float> codeword = books.Codeword(m, _matrix.Codes[m][group]);
        float scale = factor * books.Scales[m];
        for (int i = 0; i < sum.Length; i++) sum[i] += scale * codeword[i];
    }

    private float RowScale(int group) => _matrix.RowScales.Length == 0 ? 1 : _matrix.RowScales[group / _runs];
}
