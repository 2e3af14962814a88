namespace Dropwise.Cpu;

/// <content>Softmax and soft cap backwards.</content>
public static unsafe partial class VectorOperations
{
    /// <summary>x *= factors, element by element.</summary>
    /// <param name="x">[count], changed.</param>
    /// <param name="factors">[count].</param>
    /// <param name="count">Elements.</param>
    public static void Multiply(float* x, float* factors, int count)
    {
        if (CpuFeatures.Selected >= CpuIsa.Avx512) Multiply<FloatLanes16>(x, factors, count);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) Multiply<FloatLanes8>(x, factors, count);
        else Multiply<FloatLanes1>(x, factors, count);
    }

    /// <summary>Σ a · b.</summary>
    /// <param name="a">[count].</param>
    /// <param name="b">[count].</param>
    /// <param name="count">Elements.</param>
    public static float Dot(float* a, float* b, int count) =>
        CpuFeatures.Selected >= CpuIsa.Avx512 ? Dot<FloatLanes16>(a, b, count)
        : CpuFeatures.Selected >= CpuIsa.Avx2 ? Dot<FloatLanes8>(a, b, count)
        : Dot<FloatLanes1>(a, b, count);

    /// <summary>The slope of <see cref="SoftCap(float*, float, float, int)"/> at values that it gave: scale · (1 − (y / cap)²).</summary>
    /// <param name="y">What the cap gave, [count].</param>
    /// <param name="scale">The factor of what it read.</param>
    /// <param name="cap">The bound, positive.</param>
    /// <param name="slopes">Receives [count]; may be <paramref name="y"/>.</param>
    /// <param name="count">Elements.</param>
    public static void SoftCapSlopes(float* y, float scale, float cap, float* slopes, int count)
    {
        if (CpuFeatures.Selected >= CpuIsa.Avx512) SoftCapSlopes<FloatLanes16>(y, scale, -scale / (cap * cap), slopes, count);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) SoftCapSlopes<FloatLanes8>(y, scale, -scale / (cap * cap), slopes, count);
        else SoftCapSlopes<FloatLanes1>(y, scale, -scale / (cap * cap), slopes, count);
    }

    /// <summary>Backwards through p = softmax(x): dL/dx = p · (dL/dp − Σ p · dL/dp).</summary>
    /// <param name="p">[count].</param>
    /// <param name="gradient">dL/dp, [count]; becomes dL/dx.</param>
    /// <param name="count">Elements.</param>
    public static void SoftmaxGradient(float* p, float* gradient, int count)
    {
        float mean = Dot(p, gradient, count);
        if (CpuFeatures.Selected >= CpuIsa.Avx512) ScaleDistances<FloatLanes16>(p, mean, gradient, count);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) ScaleDistances<FloatLanes8>(p, mean, gradient, count);
        else ScaleDistances<FloatLanes1>(p, mean, gradient, count);
    }

    private static void Multiply<T>(float* x, float* factors, int count)
        where T : struct, IFloatLanes<T>
    {
        int i = 0;
        for (; i + T.Count <= count; i += T.Count) (T.Load(x + i) * T.Load(factors + i)).Store(x + i);
        if (i < count) Multiply<FloatLanes1>(x + i, factors + i, count - i);
    }

    private static float Dot<T>(float* a, float* b, int count)
        where T : struct, IFloatLanes<T>
    {
        T sums = T.Broadcast(0);
        int i = 0;
        for (; i + T.Count <= count; i += T.Count) sums = T.MultiplyAdd(T.Load(a + i), T.Load(b + i), sums);
        float sum = sums.Sum();
        for (; i < count; i++) sum += a[i] * b[i];
        return sum;
    }

    private static void SoftCapSlopes<T>(float* y, float scale, float curvature, float* slopes, int count)
        where T : struct, IFloatLanes<T>
    {
        T scales = T.Broadcast(scale), curvatures = T.Broadcast(curvature);
        int i = 0;
        for (; i + T.Count <= count; i += T.Count)
        {
            T value = T.Load(y + i);
            T.MultiplyAdd(value * value, curvatures, scales).Store(slopes + i);
        }

        if (i < count) SoftCapSlopes<FloatLanes1>(y + i, scale, curvature, slopes + i, count - i);
    }

    private static void ScaleDistances<T>(float* factors, float centre, float* x, int count)
        where T : struct, IFloatLanes<T>
    {
        T centres = T.Broadcast(centre);
        int i = 0;
        for (; i + T.Count <= count; i += T.Count) ((T.Load(x + i) - centres) * T.Load(factors + i)).Store(x + i);
        if (i < count) ScaleDistances<FloatLanes1>(factors + i, centre, x + i, count - i);
    }
}
