using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dropwise.Quantization.Rounding;

/// <summary>The values of a lookup code.</summary>
internal readonly struct TableValues : ICodeValues
{
    private readonly float[] _values;
    private readonly float[] _midpoints;
    private readonly ushort[] _codes;

    /// <summary>Prepares a table.</summary>
    /// <param name="values">Two or more values, in order of their codes.</param>
    public TableValues(ReadOnlySpan<float> values)
    {
        _values = values.ToArray();
        _codes = [.. Enumerable.Range(0, values.Length).Select(static code => (ushort)code)];
        Array.Sort(_values, _codes);
        _midpoints = new float[values.Length - 1];
        for (int i = 0; i < _midpoints.Length; i++) _midpoints[i] = 0.5f * (_values[i] + _values[i + 1]);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Nearest(Vector512<float> x)
    {
        Vector512<float> nearest = Vector512.Create(_values[0]);
        for (int i = 0; i < _midpoints.Length; i++)
        {
            Vector512<float> beyond = Vector512.GreaterThan(x, Vector512.Create(_midpoints[i]));
            nearest = Vector512.ConditionalSelect(beyond, Vector512.Create(_values[i + 1]), nearest);
        }

        return nearest;
    }

    /// <inheritdoc/>
    public ushort Code(float x)
    {
        int index = 0;
        while (index < _midpoints.Length && x > _midpoints[index]) index++;
        return _codes[index];
    }
}
