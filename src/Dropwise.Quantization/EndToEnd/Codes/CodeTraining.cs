namespace Dropwise.Quantization.EndToEnd.Codes;

/// <summary>
/// The codes of one matrix in training. For each served level there are weights U_l that follow the gradient of Ŵ_l without having to be representable; a V step
/// takes some groups and gives them the codes of the least Σ_l ω_l ‖U_l − Ŵ_l‖². With levels that read prefixes of the same codes, ω_l is the curvature of the loss at the
/// level, and U_l goes as much less far as its square root is larger: a level that is close to the reference has a steep and narrow loss, and a code that changes
/// for another's sake is its too. Nothing of it depends on the number of threads: a matrix is one thread's.
/// </summary>
internal sealed class CodeTraining : ICodeTraining
{
    private readonly CanonicalMatrix _matrix;
    private readonly CodeTuningOptions _options;
    private readonly int[] _levels;
    private readonly ICodeSpace _space;
    private readonly FreeWeights[] _free;
    private readonly float[] _importance;
    private readonly float[] _wants;
    private readonly float[] _decoded;
    private readonly float[] _target;

    /// <summary>Starts where the codes are.</summary>
    /// <param name="matrix">The matrix in training, whose codes are changed; its scales and codebooks may be changed by others between steps.</param>
    /// <param name="served">The served levels, ascending; a matrix with fewer is read whole.</param>
    /// <param name="options">How far, and how many groups.</param>
    public CodeTraining(CanonicalMatrix matrix, IEnumerable<int> served, CodeTuningOptions options)
    {
        (_matrix, _options) = (matrix, options);
        _levels = [.. served.Select(level => Math.Min(level, matrix.Format.Levels)).Distinct()];
        _space = matrix.Format.Kind == CodeKind.Additive ? new AdditiveCodeSpace(matrix, _levels) : new ScalarCodeSpace(matrix);
        int size = matrix.Rows * matrix.Columns;
        _free = [.. _levels.Select(_ => new FreeWeights(size, options))];
        _importance = new float[_levels.Length];
        _wants = new float[size / _space.GroupSize];
        _decoded = new float[_levels.Length * _space.GroupSize];
        _target = new float[_decoded.Length];
        for (int group = 0; group < _wants.Length; group++)
        {
            _space.Decode(group, _decoded);
            for (int level = 0; level < _levels.Length; level++) Part(_decoded, level).CopyTo(Own(level, group));
        }
    }

    /// <inheritdoc/>
    /// <remarks>Weights that need not be representable, and the means of gradients and their squares.</remarks>
    public IEnumerable<float[]> State => _free.SelectMany(static free => free.State);

    /// <inheritdoc/>
    public bool IsSingleThreaded => true;

    /// <inheritdoc/>
    public Span<float> GradientAt(int level) => _free[Array.IndexOf(_levels, level)].Gradient;

    /// <inheritdoc/>
    public int Step(CodeStep step, int seed, QuantizationRun run)
    {
        _space.Refresh();
        double square = Measure();
        foreach (FreeWeights free in _free) free.Look(step.Number);
        for (int level = 0; level < _levels.Length; level++)
        {
            _free[level].Move(step.Rate * Math.Sqrt(square / _levels.Length) * PartOf(level));
            _importance[level] = (float)_free[level].Curvature;
        }

        int changed = Reassign(Math.Sqrt(square), new Random(seed));
        if (_options.Pull > 0) Pull((float)_options.Pull);
        return changed;
    }

    /// <summary>How far a level goes, in parts of the way that all go together on average: as one over the root of its curvature.</summary>
    private double PartOf(int level)
    {
        double own = _free[level].Curvature;
        return own == 0 ? 0 : Math.Sqrt(_levels.Length / _free.Where(static free => free.Curvature > 0).Sum(free => own / free.Curvature));
    }

    /// <summary>‖Ŵ‖² over all levels.</summary>
    private double Measure()
    {
        double sum = 0;
        for (int group = 0; group < _wants.Length; group++)
        {
            _space.Decode(group, _decoded);
            foreach (float value in _decoded) sum += (double)value * value;
        }

        return sum;
    }

    private int Reassign(double size, Random random)
    {
        for (int group = 0; group < _wants.Length; group++) _wants[group] = Want(group);
        var codes = new ushort[_matrix.Codes.Length];
        var after = new float[_decoded.Length];
        double bound = _options.TrustRatio is { } ratio ? ratio * ratio * size * size : double.PositiveInfinity, moved = 0;
        int changed = 0, most = GroupOrder.CountOf(_wants.Length, _options);
        foreach (int group in GroupOrder.Of(_wants, _options, random, _space.Reserve))
        {
            if (changed == most) break;
            _space.Save(group, codes);
            _space.Decode(group, _decoded);
            _space.Encode(group, Target(group), _importance, _options.Rounding == CodeRounding.Stochastic ? random : null);
            _space.Decode(group, after);
            double change = 0;
            for (int i = 0; i < after.Length; i++) change += ((double)after[i] - _decoded[i]) * (after[i] - _decoded[i]);
            if (change == 0) continue;

            // The first always moves: a matrix whose groups are each larger than the bound would never change.
            if (changed > 0 && moved + change > bound)
            {
                _space.Restore(group, codes);
                break;
            }

            moved += change;
            changed++;
        }

        return changed;
    }

    private float Want(int group)
    {
        _space.Decode(group, _decoded);
        Span<float> target = Target(group);
        float want = 0;
        for (int level = 0; level < _levels.Length; level++)
        {
            Span<float> own = Part(target, level), now = Part(_decoded, level);
            float sum = 0;
            for (int i = 0; i < own.Length; i++) sum += (own[i] - now[i]) * (own[i] - now[i]);
            want += _importance[level] * sum;
        }

        return want;
    }

    private Span<float> Target(int group)
    {
        for (int level = 0; level < _levels.Length; level++) Own(level, group).CopyTo(Part(_target, level));
        return _target;
    }

    private void Pull(float share)
    {
        for (int group = 0; group < _wants.Length; group++)
        {
            _space.Decode(group, _decoded);
            for (int level = 0; level < _levels.Length; level++)
            {
                Span<float> weights = Own(level, group);
                ReadOnlySpan<float> now = Part(_decoded, level);
                for (int i = 0; i < weights.Length; i++) weights[i] += share * (now[i] - weights[i]);
            }
        }
    }

    private Span<float> Own(int level, int group) => _free[level].Values.AsSpan(group * _space.GroupSize, _space.GroupSize);

    private Span<float> Part(Span<float> values, int level) => values.Slice(level * _space.GroupSize, _space.GroupSize);
}
