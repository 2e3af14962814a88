using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dropwise.Cpu;

/// <summary>
/// The operations of a transformer between its matrix products, on float32 vectors, with the instruction set that this process
/// selected. Pointers need no alignment; results may overwrite their inputs.
/// </summary>
public static unsafe partial class VectorOperations
{
    /// <summary>Adds a vector to another: y += x.</summary>
    /// <param name="x">[count].</param>
    /// <param name="y">[count], changed.</param>
    /// <param name="count">Elements.</param>
    public static void Add(float* x, float* y, int count)
    {
        if (CpuFeatures.Selected >= CpuIsa.Avx512) Add<FloatLanes16>(x, y, count);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) Add<FloatLanes8>(x, y, count);
        else Add<FloatLanes1>(x, y, count);
    }

    /// <summary>y += factor · x.</summary>
    /// <param name="x">[count].</param>
    /// <param name="factor">The factor.</param>
    /// <param name="y">[count], changed.</param>
    /// <param name="count">Elements.</param>
    public static void AddScaled(float* x, float factor, float* y, int count)
    {
        if (CpuFeatures.Selected >= CpuIsa.Avx512) AddScaled<FloatLanes16>(x, factor, y, count);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) AddScaled<FloatLanes8>(x, factor, y, count);
        else AddScaled<FloatLanes1>(x, factor, y, count);
    }

    /// <summary>x *= factor.</summary>
    /// <param name="x">[count], changed.</param>
    /// <param name="factor">The factor.</param>
    /// <param name="count">Elements.</param>
    public static void Multiply(float* x, float factor, int count)
    {
        if (CpuFeatures.Selected >= CpuIsa.Avx512) Multiply<FloatLanes16>(x, factor, count);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) Multiply<FloatLanes8>(x, factor, count);
        else Multiply<FloatLanes1>(x, factor, count);
    }

    /// <summary>x = cap · tanh(x · scale / cap), which keeps small values and bounds large ones.</summary>
    /// <param name="x">[count], changed.</param>
    /// <param name="scale">The factor of x.</param>
    /// <param name="cap">The bound, positive.</param>
    /// <param name="count">Elements.</param>
    public static void SoftCap(float* x, float scale, float cap, int count)
    {
        if (CpuFeatures.Selected >= CpuIsa.Avx512) SoftCap<FloatLanes16>(x, scale, cap, count);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) SoftCap<FloatLanes8>(x, scale, cap, count);
        else SoftCap<FloatLanes1>(x, scale, cap, count);
    }

    /// <summary>Turns pairs (x[i], x[i + count/2]) by angles: rotary position embedding in the order of Hugging Face models.</summary>
    /// <param name="x">[count], changed.</param>
    /// <param name="cosines">[count / 2].</param>
    /// <param name="sines">[count / 2].</param>
    /// <param name="count">Elements, even.</param>
    public static void Rotate(float* x, float* cosines, float* sines, int count)
    {
        if (CpuFeatures.Selected >= CpuIsa.Avx512) Rotate<FloatLanes16>(x, cosines, sines, count / 2);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) Rotate<FloatLanes8>(x, cosines, sines, count / 2);
        else Rotate<FloatLanes1>(x, cosines, sines, count / 2);
    }

    /// <summary>Turns pairs (x[2i], x[2i + 1]) by angles: rotary position embedding in the order of the RoFormer paper and of some GGUF files.</summary>
    /// <param name="x">[count], changed.</param>
    /// <param name="cosines">[count / 2].</param>
    /// <param name="sines">[count / 2].</param>
    /// <param name="count">Elements, even.</param>
    public static void RotateNeighbours(float* x, float* cosines, float* sines, int count)
    {
        int i = 0;
        if (CpuFeatures.Selected >= CpuIsa.Avx2)
        {
            Vector256<int> twice = Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3);
            for (; i + 8 <= count; i += 8)
            {
                Vector256<float> pairs = Vector256.Load(x + i);
                Vector256<float> cosine = Avx2.PermuteVar8x32(Vector128.Load(cosines + (i / 2)).ToVector256Unsafe(), twice);
                Vector256<float> sine = Avx2.PermuteVar8x32(Vector128.Load(sines + (i / 2)).ToVector256Unsafe(), twice);

                // Even lanes lose the neighbour's product, odd ones gain it.
                Avx.AddSubtract(pairs * cosine, Avx.Permute(pairs, 0b10_11_00_01) * sine).Store(x + i);
            }
        }

        for (; i < count; i += 2)
        {
            float a = x[i], b = x[i + 1], cosine = cosines[i / 2], sine = sines[i / 2];
            x[i] = (a * cosine) - (b * sine);
            x[i + 1] = (b * cosine) + (a * sine);
        }
    }

    /// <summary>x = e^((x − max x) · scale), the numerators of a softmax of x · scale.</summary>
    /// <param name="x">[count], changed.</param>
    /// <param name="scale">Positive.</param>
    /// <param name="count">Elements, at least 1.</param>
    /// <returns>The sum of the numerators.</returns>
    public static float SoftmaxNumerators(float* x, float scale, int count) =>
        CpuFeatures.Selected >= CpuIsa.Avx512 ? SoftmaxNumerators<FloatLanes16>(x, scale, count)
        : CpuFeatures.Selected >= CpuIsa.Avx2 ? SoftmaxNumerators<FloatLanes8>(x, scale, count)
        : SoftmaxNumerators<FloatLanes1>(x, scale, count);

    /// <summary>log Σ e^x, the logarithm of a softmax's denominator.</summary>
    /// <param name="x">[count]; overwritten.</param>
    /// <param name="count">Elements, at least 1.</param>
    /// <returns>The logarithm, summed in float32 lanes.</returns>
    public static double LogSumExp(float* x, int count)
    {
        float maximum = Maximum(x, count);
        return maximum + Math.Log(SoftmaxNumerators(x, 1, count));
    }

    /// <summary>The largest element.</summary>
    /// <param name="x">[count].</param>
    /// <param name="count">Elements, at least 1.</param>
    public static float Maximum(float* x, int count) =>
        CpuFeatures.Selected >= CpuIsa.Avx512 ? Maximum<FloatLanes16>(x, count)
        : CpuFeatures.Selected >= CpuIsa.Avx2 ? Maximum<FloatLanes8>(x, count)
        : Maximum<FloatLanes1>(x, count);

    private static void Add<T>(float* x, float* y, int count)
        where T : struct, IFloatLanes<T>
    {
        int i = 0;
        for (; i + T.Count <= count; i += T.Count) (T.Load(y + i) + T.Load(x + i)).Store(y + i);
        if (i < count) Add<FloatLanes1>(x + i, y + i, count - i);
    }

    private static void AddScaled<T>(float* x, float factor, float* y, int count)
        where T : struct, IFloatLanes<T>
    {
        T factors = T.Broadcast(factor);
        int i = 0;
        for (; i + T.Count <= count; i += T.Count) T.MultiplyAdd(T.Load(x + i), factors, T.Load(y + i)).Store(y + i);
        if (i < count) AddScaled<FloatLanes1>(x + i, factor, y + i, count - i);
    }

    private static void Multiply<T>(float* x, float factor, int count)
        where T : struct, IFloatLanes<T>
    {
        T factors = T.Broadcast(factor);
        int i = 0;
        for (; i + T.Count <= count; i += T.Count) (T.Load(x + i) * factors).Store(x + i);
        if (i < count) Multiply<FloatLanes1>(x + i, factor, count - i);
    }

    private static void SoftCap<T>(float* x, float scale, float cap, int count)
        where T : struct, IFloatLanes<T>
    {
        // tanh u = 1 − 2 / (e^2u + 1).
        T slope = T.Broadcast(2 * scale / cap), one = T.Broadcast(1), caps = T.Broadcast(cap), twice = T.Broadcast(2 * cap);
        int i = 0;
        for (; i + T.Count <= count; i += T.Count) (caps - (twice / (LaneMath.Exp(T.Load(x + i) * slope) + one))).Store(x + i);
        if (i < count) SoftCap<FloatLanes1>(x + i, scale, cap, count - i);
    }

    private static void Rotate<T>(float* x, float* cosines, float* sines, int half, int first = 0)
        where T : struct, IFloatLanes<T>
    {
        int i = first;
        for (; i + T.Count <= half; i += T.Count)
        {
            T a = T.Load(x + i), b = T.Load(x + half + i), cosine = T.Load(cosines + i), sine = T.Load(sines + i);
            ((a * cosine) - (b * sine)).Store(x + i);
            ((b * cosine) + (a * sine)).Store(x + half + i);
        }

        if (i < half) Rotate<FloatLanes1>(x, cosines, sines, half, i);
    }

    private static float SoftmaxNumerators<T>(float* x, float scale, int count)
        where T : struct, IFloatLanes<T>
    {
        float maximum = Maximum<T>(x, count);
        float sum = ExpSum<T>(x, maximum, scale, count / T.Count * T.Count);
        int tail = count % T.Count;
        return tail == 0 ? sum : sum + ExpSum<FloatLanes1>(x + count - tail, maximum, scale, tail);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float ExpSum<T>(float* x, float maximum, float scale, int count)
        where T : struct, IFloatLanes<T>
    {
        T maxima = T.Broadcast(maximum), scales = T.Broadcast(scale), sums = T.Broadcast(0);
        for (int i = 0; i < count; i += T.Count)
        {
            T e = LaneMath.Exp((T.Load(x + i) - maxima) * scales);
            e.Store(x + i);
            sums += e;
        }

        return sums.Sum();
    }

    private static float Maximum<T>(float* x, int count)
        where T : struct, IFloatLanes<T>
    {
        float maximum = x[0];
        int i = 0;
        if (count >= T.Count)
        {
            T maxima = T.Load(x);
            for (i = T.Count; i + T.Count <= count; i += T.Count) maxima = T.Max(maxima, T.Load(x + i));
            maximum = maxima.Maximum();
        }

        for (; i < count; i++) maximum = MathF.Max(maximum, x[i]);
        return maximum;
    }
}
