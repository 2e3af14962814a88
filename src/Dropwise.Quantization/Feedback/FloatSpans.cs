using System.Runtime.Intrinsics;

namespace Dropwise.Quantization.Feedback;

/// <summary>Sums over runs of float32 numbers, in an order that depends on nothing but the length.</summary>
internal static class FloatSpans
{
    /// <summary>target += scale · source.</summary>
    /// <param name="target">Receives the sums.</param>
    /// <param name="source">As many numbers, or more.</param>
    /// <param name="scale">A factor.</param>
    public static void AddScaled(Span<float> target, ReadOnlySpan<float> source, float scale)
    {
        Vector512<float> factor = Vector512.Create(scale);
        int i = 0;
        for (; i + 16 <= target.Length; i += 16)
            Vector512.FusedMultiplyAdd(factor, Vector512.Create(source[i..]), Vector512.Create<float>(target[i..])).CopyTo(target[i..]);
        for (; i < target.Length; i++) target[i] = MathF.FusedMultiplyAdd(scale, source[i], target[i]);
    }

    /// <summary>Σ a · b.</summary>
    /// <param name="a">Numbers.</param>
    /// <param name="b">As many.</param>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Vector512<float> sums = Vector512<float>.Zero;
        int i = 0;
        for (; i + 16 <= a.Length; i += 16) sums = Vector512.FusedMultiplyAdd(Vector512.Create(a[i..]), Vector512.Create(b[i..]), sums);
        float sum = Vector512.Sum(sums);
        for (; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
