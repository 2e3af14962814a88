namespace Dropwise.Cpu;

/// <content>Norms backwards: from the gradient of what they give to those of what they read and of their parameters.</content>
public static unsafe partial class NormOperations
{
    /// <summary>Backwards through <see cref="RmsNorm(float*, float*, float, float*, int)"/>.</summary>
    /// <param name="x">What the norm read, [count].</param>
    /// <param name="weight">w, [count].</param>
    /// <param name="epsilon">What is added to the mean square.</param>
    /// <param name="dy">dL/dy, [count].</param>
    /// <param name="dx">Receives dL/dx, [count]; may be <paramref name="dy"/>.</param>
    /// <param name="dweight">dL/dw, [count]; added to.</param>
    /// <param name="count">Elements.</param>
    public static void RmsNormGradient(float* x, float* weight, float epsilon, float* dy, float* dx, float* dweight, int count)
    {
        if (CpuFeatures.Selected >= CpuIsa.Avx512) RmsNormGradient<FloatLanes16>(x, weight, epsilon, dy, dx, dweight, count);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) RmsNormGradient<FloatLanes8>(x, weight, epsilon, dy, dx, dweight, count);
        else RmsNormGradient<FloatLanes1>(x, weight, epsilon, dy, dx, dweight, count);
    }

    /// <summary>Backwards through <see cref="LayerNorm(float*, float*, float*, float, float*, int)"/>.</summary>
    /// <param name="x">What the norm read, [count].</param>
    /// <param name="weight">w, [count].</param>
    /// <param name="epsilon">What is added to the variance.</param>
    /// <param name="dy">dL/dy, [count].</param>
    /// <param name="dx">Receives dL/dx, [count]; may be <paramref name="dy"/>.</param>
    /// <param name="dweight">dL/dw, [count]; added to.</param>
    /// <param name="dbias">dL/db, [count]; added to.</param>
    /// <param name="count">Elements.</param>
    public static void LayerNormGradient(float* x, float* weight, float epsilon, float* dy, float* dx, float* dweight, float* dbias, int count)
    {
        VectorOperations.Add(dy, dbias, count);
        if (CpuFeatures.Selected >= CpuIsa.Avx512) LayerNormGradient<FloatLanes16>(x, weight, epsilon, dy, dx, dweight, count);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) LayerNormGradient<FloatLanes8>(x, weight, epsilon, dy, dx, dweight, count);
        else LayerNormGradient<FloatLanes1>(x, weight, epsilon, dy, dx, dweight, count);
    }

    private static void RmsNormGradient<T>(float* x, float* weight, float epsilon, float* dy, float* dx, float* dweight, int count)
        where T : struct, IFloatLanes<T>
    {
        float factor = 1 / MathF.Sqrt((SquaredDistance<T>(x, 0, count, squared: true) / count) + epsilon);
        Spread<T>(x, weight, 0, factor, centred: false, dy, dx, dweight, count);
    }

    private static void LayerNormGradient<T>(float* x, float* weight, float epsilon, float* dy, float* dx, float* dweight, int count)
        where T : struct, IFloatLanes<T>
    {
        float mean = SquaredDistance<T>(x, 0, count, squared: false) / count;
        float factor = 1 / MathF.Sqrt((SquaredDistance<T>(x, mean, count, squared: true) / count) + epsilon);
        Spread<T>(x, weight, mean, factor, centred: true, dy, dx, dweight, count);
    }

    /// <summary>
    /// With g = dL/dy · w and z = (x − mean) · factor: dL/dw += dL/dy · z, dL/dx = factor · (g − z · mean(g · z)), of which a norm that subtracts the
    /// mean takes its own mean away.
    /// </summary>
    private static void Spread<T>(float* x, float* weight, float mean, float factor, bool centred, float* dy, float* dx, float* dweight, int count)
        where T : struct, IFloatLanes<T>
    {
        T means = T.Broadcast(mean), sums = T.Broadcast(0), products = sums;
        int i = 0;
        for (; i + T.Count <= count; i += T.Count)
        {
            T g = T.Load(dy + i) * T.Load(weight + i);
            sums += g;
            products = T.MultiplyAdd(g, T.Load(x + i) - means, products);
        }

        float sum = sums.Sum(), product = products.Sum();
        for (; i < count; i++)
        {
            sum += dy[i] * weight[i];
            product += dy[i] * weight[i] * (x[i] - mean);
        }

        float shift = centred ? sum / count : 0, slope = factor * factor * product / count;
        T factors = T.Broadcast(factor), shifts = T.Broadcast(shift), slopes = T.Broadcast(slope);
        for (i = 0; i + T.Count <= count; i += T.Count)
        {
            T d = T.Load(dy + i), distance = T.Load(x + i) - means;
            T.MultiplyAdd(d, distance * factors, T.Load(dweight + i)).Store(dweight + i);
            (factors * ((d * T.Load(weight + i)) - shifts - (distance * slopes))).Store(dx + i);
        }

        for (; i < count; i++)
        {
            float d = dy[i], distance = x[i] - mean;
            dweight[i] += d * distance * factor;
            dx[i] = factor * ((d * weight[i]) - shift - (distance * slope));
        }
    }
}
