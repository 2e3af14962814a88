using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dropwise.Quantization.Rounding;

/// <summary>The values of a lookup code.</summary>
internal readonly struct TableValues : ICodeValues
{
    private readonly float[] _values;
    private readonly float[] _midpoints;

    /// <summary>Prepares a table.</summary>
    /// <param name="values">Two or more values in ascending order.</param>
    public TableValues(ReadOnlySpan<float> values)
    {
        _values = values.ToArray();
        _midpoints = new float[values.Length - 1];
        for (int i = 0; i < _midpoints.Length; i++) _midpoints[i] = 0.5f * (values[i] + values[i + 1]);
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
        int code = 0;
        while (code < _midpoints.Length && x > _midpoints[code]) code++;
        return (ushort)code;
    }
}
