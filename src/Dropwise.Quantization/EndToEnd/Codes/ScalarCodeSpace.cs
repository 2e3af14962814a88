namespace Dropwise.Quantization.EndToEnd.Codes;

/// <summary>Uniform and lookup codes, with scales of any kind: each weight is a group, and the nearest code is the best. Weights under outliers keep theirs.</summary>
internal sealed class ScalarCodeSpace : ICodeSpace
{
    private readonly CanonicalMatrix _matrix;
    private readonly RowDecoder _decoder;
    private readonly float[] _values;
    private readonly HashSet<int> _fixed;
    private readonly int _groupSize;

    /// <summary>Looks at a matrix.</summary>
    /// <param name="matrix">The matrix, whose codes are changed.</param>
    public ScalarCodeSpace(CanonicalMatrix matrix)
    {
        _matrix = matrix;
        _decoder = new RowDecoder(matrix, 1);
        _values = RowDecoder.CodeValues(matrix.Format);
        _fixed = [.. matrix.Outliers.Select(outlier => (outlier.Row * matrix.Columns) + outlier.Column)];
        _groupSize = matrix.Format.GroupSize == 0 ? matrix.Columns : matrix.Format.GroupSize;
    }

    /// <inheritdoc/>
    public int GroupSize => 1;

    /// <inheritdoc/>
    /// <remarks>Weights that have drifted beyond the last code want the most and cannot have it: they may not take the place of others.</remarks>
    public int Reserve => 4;

    /// <inheritdoc/>
    public void Decode(int group, Span<float> values)
    {
        (float scale, float shift, float offset) = _decoder.GroupOf(group / _matrix.Columns, group % _matrix.Columns / _groupSize);
        values[0] = RowScale(group) * ((scale * (_values[_matrix.Codes[0][group]] - shift)) + offset);
    }

    /// <inheritdoc/>
    public void Encode(int group, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights, Random? random = null)
    {
        if (_fixed.Contains(group)) return;
        (float scale, float shift, float offset) = _decoder.GroupOf(group / _matrix.Columns, group % _matrix.Columns / _groupSize);
        float row = RowScale(group);
        if (scale == 0 || row == 0) return;
        float wanted = (((targets[0] / row) - offset) / scale) + shift;
        _matrix.Codes[0][group] = (ushort)(random is not null ? Around(wanted, random) : _matrix.Format.Kind == CodeKind.Uniform
            ? (int)Math.Clamp(MathF.Round(wanted), _values[0], _values[^1]) - (int)_values[0]
            : Nearest(wanted));
    }

    /// <inheritdoc/>
    public void Save(int group, Span<ushort> codes) => codes[0] = _matrix.Codes[0][group];

    /// <inheritdoc/>
    public void Restore(int group, ReadOnlySpan<ushort> codes) => _matrix.Codes[0][group] = codes[0];

    /// <inheritdoc/>
    public void Refresh()
    {
        // Scales are read where they are.
    }

    private float RowScale(int group) => _matrix.RowScales.Length == 0 ? 1 : _matrix.RowScales[group / _matrix.Columns];

    /// <summary>One of the two values around a weight, the nearer the more probable: on average the weight itself.</summary>
    private int Around(float wanted, Random random)
    {
        int below = -1, above = -1;
        for (int code = 0; code < _values.Length; code++)
        {
            if (_values[code] <= wanted && (below < 0 || _values[code] > _values[below])) below = code;
            if (_values[code] >= wanted && (above < 0 || _values[code] < _values[above])) above = code;
        }

        if (below < 0 || above < 0) return Math.Max(below, above);
        float distance = _values[above] - _values[below];
        return distance > 0 && random.NextSingle() * distance < wanted - _values[below] ? above : below;
    }

    private int Nearest(float wanted)
    {
        int best = 0;
        for (int code = 1; code < _values.Length; code++)
        {
            if (MathF.Abs(_values[code] - wanted) < MathF.Abs(_values[best] - wanted)) best = code;
        }

        return best;
    }
}
