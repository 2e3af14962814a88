using System.Runtime.Intrinsics;

namespace Dropwise.Quantization.Rounding;

/// <summary>
/// The weights of one group with the importance of each, padded to whole vectors. Padding has importance 0, so a group may end anywhere;
/// a method that knows the inputs' second moments puts them in place of the ones.
/// </summary>
internal sealed class WeightGroup
{
    private const float MinimumScale = 1.1754944E-38f;

    private readonly float[] _values;
    private readonly float[] _importance;

    /// <summary>Makes room.</summary>
    /// <param name="capacity">The most weights of a group.</param>
    public WeightGroup(int capacity)
    {
        int padded = (capacity + Vector512<float>.Count - 1) / Vector512<float>.Count * Vector512<float>.Count;
        _values = new float[padded];
        _importance = new float[padded];
    }

    /// <summary>Weights of the group, padding not counted.</summary>
    public int Length { get; private set; }

    /// <summary>The weights.</summary>
    public ReadOnlySpan<float> Values => _values.AsSpan(0, Length);

    /// <summary>The smallest weight.</summary>
    public float Minimum { get; private set; }

    /// <summary>The largest weight.</summary>
    public float Maximum { get; private set; }

    /// <summary>The largest absolute weight.</summary>
    public float Magnitude => Math.Max(-Minimum, Maximum);

    /// <summary>Takes the weights of another group, each as important as the others.</summary>
    /// <param name="values">Up to the capacity, at least one.</param>
    public void Load(ReadOnlySpan<float> values)
    {
        Take(values);
        _importance.AsSpan(0, Length).Fill(1);
    }

    /// <summary>Takes the weights of another group.</summary>
    /// <param name="values">Up to the capacity, at least one.</param>
    /// <param name="importance">What a squared error of each costs, positive.</param>
    public void Load(ReadOnlySpan<float> values, ReadOnlySpan<float> importance)
    {
        Take(values);
        importance.CopyTo(_importance);
    }

    /// <summary>The weighted squared error of the best codes under a scale and an offset.</summary>
    /// <param name="values">What codes stand for.</param>
    /// <param name="scale">s of w ≈ s · v + o; 0 makes every product 0.</param>
    /// <param name="offset">o.</param>
    /// <typeparam name="TValues">The kind of code.</typeparam>
    public float Error<TValues>(TValues values, float scale, float offset)
        where TValues : struct, ICodeValues
    {
        Vector512<float> s = Vector512.Create(scale);
        Vector512<float> o = Vector512.Create(offset);
        Vector512<float> inverse = Vector512.Create(Inverse(scale));
        Vector512<float> error = Vector512<float>.Zero;
        int padded = PaddedLength;
        for (int i = 0; i < padded; i += Vector512<float>.Count)
        {
            Vector512<float> w = Vector512.Create(_values.AsSpan(i)) - o;
            Vector512<float> difference = w - (s * values.Nearest(w * inverse));
            error += difference * difference * Vector512.Create(_importance.AsSpan(i));
        }

        return Vector512.Sum(error);
    }

    /// <summary>Weighted sums over the group of v, v², w and w·v, v being the best code values under a scale and an offset.</summary>
    /// <param name="values">What codes stand for.</param>
    /// <param name="scale">s of w ≈ s · v + o.</param>
    /// <param name="offset">o.</param>
    /// <typeparam name="TValues">The kind of code.</typeparam>
    public GroupMoments Moments<TValues>(TValues values, float scale, float offset)
        where TValues : struct, ICodeValues
    {
        Vector512<float> o = Vector512.Create(offset);
        Vector512<float> inverse = Vector512.Create(Inverse(scale));
        Vector512<float> count = Vector512<float>.Zero;
        Vector512<float> sumV = count;
        Vector512<float> sumVV = count;
        Vector512<float> sumW = count;
        Vector512<float> sumWV = count;
        int padded = PaddedLength;
        for (int i = 0; i < padded; i += Vector512<float>.Count)
        {
            Vector512<float> w = Vector512.Create(_values.AsSpan(i));
            Vector512<float> h = Vector512.Create(_importance.AsSpan(i));
            Vector512<float> v = values.Nearest((w - o) * inverse);
            count += h;
            sumV += h * v;
            sumVV += h * v * v;
            sumW += h * w;
            sumWV += h * w * v;
        }

        return new GroupMoments(Vector512.Sum(count), Vector512.Sum(sumV), Vector512.Sum(sumVV), Vector512.Sum(sumW), Vector512.Sum(sumWV));
    }

    /// <summary>Writes the best codes.</summary>
    /// <param name="values">What codes stand for.</param>
    /// <param name="scale">s of w ≈ s · v + o.</param>
    /// <param name="offset">o.</param>
    /// <param name="codes">Receives a code a weight.</param>
    /// <typeparam name="TValues">The kind of code.</typeparam>
    public void Encode<TValues>(TValues values, float scale, float offset, Span<ushort> codes)
        where TValues : struct, ICodeValues
    {
        float inverse = Inverse(scale);
        for (int i = 0; i < codes.Length; i++) codes[i] = values.Code((_values[i] - offset) * inverse);
    }

    private void Take(ReadOnlySpan<float> values)
    {
        Length = values.Length;
        values.CopyTo(_values);
        _values.AsSpan(Length).Clear();
        _importance.AsSpan(Length).Clear();
        float minimum = values[0];
        float maximum = values[0];
        foreach (float value in values)
        {
            minimum = Math.Min(minimum, value);
            maximum = Math.Max(maximum, value);
        }

        Minimum = minimum;
        Maximum = maximum;
    }

    private int PaddedLength => (Length + Vector512<float>.Count - 1) / Vector512<float>.Count * Vector512<float>.Count;

    // A group of zeros has the scale 0; its codes are those of the value nearest to 0. The same holds for a scale without a finite inverse.
    private static float Inverse(float scale) => MathF.Abs(scale) < MinimumScale ? 0 : 1 / scale;
}

/// <summary>Weighted sums over one group; what a least-squares scale and offset are made of.</summary>
/// <param name="Count">Σ h.</param>
/// <param name="V">Σ h·v.</param>
/// <param name="VV">Σ h·v².</param>
/// <param name="W">Σ h·w.</param>
/// <param name="WV">Σ h·w·v.</param>
internal readonly record struct GroupMoments(float Count, float V, float VV, float W, float WV);
