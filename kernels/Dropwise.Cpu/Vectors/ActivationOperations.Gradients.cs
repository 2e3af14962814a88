namespace Dropwise.Cpu;

/// <content>Activations backwards.</content>
public static unsafe partial class ActivationOperations
{
    /// <summary>Backwards through y = f(x): dL/dx = dL/dy · f'(x).</summary>
    /// <param name="function">f.</param>
    /// <param name="x">[count].</param>
    /// <param name="dy">dL/dy, [count].</param>
    /// <param name="dx">Receives dL/dx, [count]; may be either of the two.</param>
    /// <param name="count">Elements.</param>
    public static void ApplyGradient(ActivationFunction function, float* x, float* dy, float* dx, int count)
    {
        switch (function)
        {
            case ActivationFunction.Silu: SelectGradient<SiluFunction>(x, null, dy, dx, null, count); break;
            case ActivationFunction.Gelu: SelectGradient<GeluFunction>(x, null, dy, dx, null, count); break;
            case ActivationFunction.GeluTanh: SelectGradient<GeluTanhFunction>(x, null, dy, dx, null, count); break;
            default: throw new ArgumentOutOfRangeException(nameof(function), function, "not an activation");
        }
    }

    /// <summary>Backwards through y = f(gate) · up.</summary>
    /// <param name="function">f.</param>
    /// <param name="gate">[count].</param>
    /// <param name="up">[count].</param>
    /// <param name="dy">dL/dy, [count].</param>
    /// <param name="dgate">Receives dL/dgate, [count]; may be any of the inputs.</param>
    /// <param name="dup">Receives dL/dup, [count]; may be any of the inputs.</param>
    /// <param name="count">Elements.</param>
    public static void ApplyGateGradient(ActivationFunction function, float* gate, float* up, float* dy, float* dgate, float* dup, int count)
    {
        switch (function)
        {
            case ActivationFunction.Silu: SelectGradient<SiluFunction>(gate, up, dy, dgate, dup, count); break;
            case ActivationFunction.Gelu: SelectGradient<GeluFunction>(gate, up, dy, dgate, dup, count); break;
            case ActivationFunction.GeluTanh: SelectGradient<GeluTanhFunction>(gate, up, dy, dgate, dup, count); break;
            default: throw new ArgumentOutOfRangeException(nameof(function), function, "not an activation");
        }
    }

    private static void SelectGradient<TFunction>(float* x, float* factors, float* dy, float* dx, float* dfactors, int count)
        where TFunction : struct, ILaneFunction
    {
        if (CpuFeatures.Selected >= CpuIsa.Avx512) RunGradient<TFunction, FloatLanes16>(x, factors, dy, dx, dfactors, count);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) RunGradient<TFunction, FloatLanes8>(x, factors, dy, dx, dfactors, count);
        else RunGradient<TFunction, FloatLanes1>(x, factors, dy, dx, dfactors, count);
    }

    private static void RunGradient<TFunction, T>(float* x, float* factors, float* dy, float* dx, float* dfactors, int count, int first = 0)
        where TFunction : struct, ILaneFunction
        where T : struct, IFloatLanes<T>
    {
        int i = first;
        for (; i + T.Count <= count; i += T.Count)
        {
            T slope = TFunction.Slope(T.Load(x + i), out T value), gradient = T.Load(dy + i);
            if (factors is not null)
            {
                slope *= T.Load(factors + i);
                (gradient * value).Store(dfactors + i);
            }

            (gradient * slope).Store(dx + i);
        }

        if (i < count) RunGradient<TFunction, FloatLanes1>(x, factors, dy, dx, dfactors, count, i);
    }
}
