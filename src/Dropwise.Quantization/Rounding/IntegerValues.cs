using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dropwise.Quantization.Rounding;

/// <summary>All integers of a range: a uniform code, less its zero point.</summary>
/// <param name="minimum">The value of code 0.</param>
/// <param name="maximum">The value of the largest code.</param>
internal readonly struct IntegerValues(int minimum, int maximum) : ICodeValues
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Nearest(Vector512<float> x) =>
        Vector512.Min(Vector512.Max(Vector512.Round(x), Vector512.Create((float)minimum)), Vector512.Create((float)maximum));

    /// <inheritdoc/>
    public ushort Code(float x) => (ushort)((int)Math.Clamp(MathF.Round(x), minimum, maximum) - minimum);
}
