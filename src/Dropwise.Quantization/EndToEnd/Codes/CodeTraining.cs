namespace Dropwise.Quantization.EndToEnd.Codes;

/// <summary>
/// The codes of one matrix in training. For each served level there are weights U_l that follow the gradient of Ŵ_l without having to be representable; a V step
/// takes some groups and gives them the codes of the least Σ_l ω_l ‖U_l − Ŵ_l‖². With levels that read prefixes of the same codes, ω_l is how steep the loss is at
/// the level: a step of the same length means the more, the steeper it is. Nothing of it depends on the number of threads: a matrix is one thread's.
/// </summary>
internal sealed unsafe class CodeTraining
{
    // Adam's, of gradients that are a thousandth or so.
    private const float Epsilon = 1e-12f;

    // Groups whose weights have drifted beyond the last code want the most and cannot have it: they may not take the place of others.
    private const int Reserve = 4;

    private readonly CanonicalMatrix _matrix;
    private readonly int[] _levels;
    private readonly ICodeSpace _space;
    private readonly float[][] _gradients;
    private readonly float[][] _weights;
    private readonly float[][] _squares;
    private readonly float[] _importance;
    private readonly float[] _wants;
    private readonly float[] _decoded;
    private readonly float[] _target;

    /// <summary>Starts where the codes are.</summary>
    /// <param name="matrix">The matrix in training, whose codes are changed; its scales and codebooks may be changed by others between steps.</param>
    /// <param name="served">The served levels, ascending; a matrix with fewer is read whole.</param>
    public CodeTraining(CanonicalMatrix matrix, IEnumerable<int> served)
    {
        _matrix = matrix;
        _levels = [.. served.Select(level => Math.Min(level, matrix.Format.Levels)).Distinct()];
        _space = matrix.Format.Kind == CodeKind.Additive ? new AdditiveCodeSpace(matrix, _levels) : new ScalarCodeSpace(matrix);
        int size = matrix.Rows * matrix.Columns;
        _gradients = [.. _levels.Select(_ => new float[size])];
        _weights = [.. _levels.Select(_ => new float[size])];
        _squares = [.. _levels.Select(_ => new float[size])];
        _importance = new float[_levels.Length];
        _wants = new float[size / _space.GroupSize];
        _decoded = new float[_levels.Length * _space.GroupSize];
        _target = new float[_decoded.Length];
        for (int group = 0; group < _wants.Length; group++)
        {
            _space.Decode(group, _decoded);
            for (int level = 0; level < _levels.Length; level++) Part(_decoded, level).CopyTo(_weights[level].AsSpan(group * _space.GroupSize));
        }
    }

    /// <summary>All that a later step depends on beside the codes: weights that need not be representable, and the means of squared gradients.</summary>
    public IEnumerable<float[]> State => [.. _weights, .. _squares];

    /// <summary>dL/dŴ [N, K] of a level, behind the rotation where there is one, for somebody who sums it elsewhere.</summary>
    /// <param name="level">The level that the weights were read at.</param>
    public Span<float> GradientAt(int level) => _gradients[Array.IndexOf(_levels, level)];

    /// <summary>Adds to the gradient of some rows. Different rows may be added beside each other.</summary>
    /// <param name="level">The level that the weights were read at.</param>
    /// <param name="row">The first row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="gradient">dL/dŴ of these rows [rows, K], behind the rotation where there is one.</param>
    public void Add(int level, int row, int rows, float* gradient)
    {
        Span<float> target = GradientAt(level).Slice(row * _matrix.Columns, rows * _matrix.Columns);
        for (int i = 0; i < target.Length; i++) target[i] += gradient[i];
    }

    /// <summary>Takes a step and clears the gradient.</summary>
    /// <param name="options">How far, and how many groups.</param>
    /// <param name="rate">How far weights go, in parts of the matrix's size.</param>
    /// <param name="number">The number of the step, from 1.</param>
    /// <param name="seed">Decides what is chosen at random.</param>
    /// <returns>Groups whose codes changed.</returns>
    public int Step(CodeTuningOptions options, double rate, int number, int seed)
    {
        _space.Refresh();
        double square = Measure();
        for (int level = 0; level < _levels.Length; level++) Descend(level, options, rate * Math.Sqrt(square / _levels.Length), number);
        int changed = Reassign(options, Math.Sqrt(square), new Random(seed));
        if (options.Pull > 0) Pull((float)options.Pull);
        return changed;
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

    /// <summary>Weights of a level go against their gradient, all together as far as they are told: Adam without a mean, with the step of LAMB.</summary>
    private void Descend(int level, CodeTuningOptions options, double length, int number)
    {
        float[] gradient = _gradients[level], squares = _squares[level], weights = _weights[level];
        float second = (float)options.SecondDecay, correction = (float)(1 / (1 - Math.Pow(second, number)));
        double direction = 0, mean = 0;
        for (int i = 0; i < gradient.Length; i++)
        {
            squares[i] = (second * squares[i]) + ((1 - second) * gradient[i] * gradient[i]);
            gradient[i] /= MathF.Sqrt(squares[i] * correction) + Epsilon;
            direction += (double)gradient[i] * gradient[i];
            mean += squares[i];
        }

        _importance[level] = (float)Math.Sqrt(mean * correction / gradient.Length);
        float step = direction == 0 ? 0 : (float)(length / Math.Sqrt(direction));
        for (int i = 0; i < weights.Length; i++) weights[i] -= step * gradient[i];
        Array.Clear(gradient);
    }

    private int Reassign(CodeTuningOptions options, double size, Random random)
    {
        for (int group = 0; group < _wants.Length; group++) _wants[group] = Want(group);
        var codes = new ushort[_matrix.Codes.Length];
        var after = new float[_decoded.Length];
        double bound = options.TrustRatio is { } ratio ? ratio * ratio * size * size : double.PositiveInfinity, moved = 0;
        int changed = 0, most = GroupOrder.CountOf(_wants.Length, options);
        foreach (int group in GroupOrder.Of(_wants, options, random, Reserve))
        {
            if (changed == most) break;
            _space.Save(group, codes);
            _space.Decode(group, _decoded);
            _space.Encode(group, Target(group), _importance);
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
        for (int level = 0; level < _levels.Length; level++) _weights[level].AsSpan(group * _space.GroupSize, _space.GroupSize).CopyTo(Part(_target, level));
        return _target;
    }

    private void Pull(float share)
    {
        for (int group = 0; group < _wants.Length; group++)
        {
            _space.Decode(group, _decoded);
            for (int level = 0; level < _levels.Length; level++)
            {
                Span<float> weights = _weights[level].AsSpan(group * _space.GroupSize, _space.GroupSize);
                ReadOnlySpan<float> now = Part(_decoded, level);
                for (int i = 0; i < weights.Length; i++) weights[i] += share * (now[i] - weights[i]);
            }
        }
    }

    private Span<float> Part(Span<float> values, int level) => values.Slice(level * _space.GroupSize, _space.GroupSize);
}
