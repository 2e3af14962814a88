namespace Dropwise.Cpu;

/// <summary>The norms of a transformer on float32 vectors. Pointers need no alignment; results may overwrite their inputs.</summary>
public static unsafe partial class NormOperations
{
    /// <summary>y = x · w / √(mean(x²) + epsilon), the root-mean-square norm.</summary>
    /// <param name="x">[count].</param>
    /// <param name="weight">w, [count].</param>
    /// <param name="epsilon">What is added to the mean square.</param>
    /// <param name="y">Receives [count].</param>
    /// <param name="count">Elements.</param>
    public static void RmsNorm(float* x, float* weight, float epsilon, float* y, int count)
    {
        if (CpuFeatures.Selected >= CpuIsa.Avx512) RmsNorm<FloatLanes16>(x, weight, epsilon, y, count);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) RmsNorm<FloatLanes8>(x, weight, epsilon, y, count);
        else RmsNorm<FloatLanes1>(x, weight, epsilon, y, count);
    }

    /// <summary>y = (x − mean(x)) · w / √(variance(x) + epsilon) + b, the norm of layers.</summary>
    /// <param name="x">[count].</param>
    /// <param name="weight">w, [count].</param>
    /// <param name="bias">b, [count].</param>
    /// <param name="epsilon">What is added to the variance.</param>
    /// <param name="y">Receives [count].</param>
    /// <param name="count">Elements.</param>
    public static void LayerNorm(float* x, float* weight, float* bias, float epsilon, float* y, int count)
    {
        if (CpuFeatures.Selected >= CpuIsa.Avx512) LayerNorm<FloatLanes16>(x, weight, bias, epsilon, y, count);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) LayerNorm<FloatLanes8>(x, weight, bias, epsilon, y, count);
        else LayerNorm<FloatLanes1>(x, weight, bias, epsilon, y, count);
    }

    private static void RmsNorm<T>(float* x, float* weight, float epsilon, float* y, int count)
        where T : struct, IFloatLanes<T>
    {
        T even = T.Broadcast(0), odd = even;
        int i = 0;
        for (; i + (2 * T.Count) <= count; i += 2 * T.Count)
        {
            T a = T.Load(x + i), b = T.Load(x + i + T.Count);
            even = T.MultiplyAdd(a, a, even);
            odd = T.MultiplyAdd(b, b, odd);
        }

        float squares = (even + odd).Sum();
        for (; i < count; i++) squares += x[i] * x[i];
        Scale<T>(x, weight, 1 / MathF.Sqrt((squares / count) + epsilon), y, count);
    }

    private static void Scale<T>(float* x, float* weight, float factor, float* y, int count)
        where T : struct, IFloatLanes<T>
    {
        T factors = T.Broadcast(factor);
        int i = 0;
        for (; i + T.Count <= count; i += T.Count) (T.Load(x + i) * factors * T.Load(weight + i)).Store(y + i);
        if (i < count) Scale<FloatLanes1>(x + i, weight + i, factor, y + i, count - i);
    }

    private static void LayerNorm<T>(float* x, float* weight, float* bias, float epsilon, float* y, int count)
        where T : struct, IFloatLanes<T>
    {
        // The mean first: squares of values whose mean is far from zero would lose the digits that the variance is made of.
        float mean = SquaredDistance<T>(x, 0, count, squared: false) / count;
        float factor = 1 / MathF.Sqrt((SquaredDistance<T>(x, mean, count, squared: true) / count) + epsilon);
        T means = T.Broadcast(mean), factors = T.Broadcast(factor);
        int i = 0;
        for (; i + T.Count <= count; i += T.Count) T.MultiplyAdd((T.Load(x + i) - means) * factors, T.Load(weight + i), T.Load(bias + i)).Store(y + i);
        for (; i < count; i++) y[i] = ((x[i] - mean) * factor * weight[i]) + bias[i];
    }

    /// <summary>Σ (x − centre), or of its squares.</summary>
    private static float SquaredDistance<T>(float* x, float centre, int count, bool squared)
        where T : struct, IFloatLanes<T>
    {
        T sums = T.Broadcast(0), centres = T.Broadcast(centre), one = T.Broadcast(1);
        int i = 0;
        for (; i + T.Count <= count; i += T.Count)
        {
            T distance = T.Load(x + i) - centres;
            sums = T.MultiplyAdd(distance, squared ? distance : one, sums);
        }

        float sum = sums.Sum();
        for (; i < count; i++) sum += squared ? (x[i] - centre) * (x[i] - centre) : x[i] - centre;
        return sum;
    }
}
