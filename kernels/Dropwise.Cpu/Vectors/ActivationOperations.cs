namespace Dropwise.Cpu;

/// <summary>The activations of feed-forward networks on float32 vectors. Pointers need no alignment; results may overwrite their inputs.</summary>
public static unsafe partial class ActivationOperations
{
    /// <summary>y = f(x).</summary>
    /// <param name="function">f.</param>
    /// <param name="x">[count].</param>
    /// <param name="y">Receives [count].</param>
    /// <param name="count">Elements.</param>
    public static void Apply(ActivationFunction function, float* x, float* y, int count)
    {
        switch (function)
        {
            case ActivationFunction.Silu: Select<SiluFunction>(x, null, y, count); break;
            case ActivationFunction.Gelu: Select<GeluFunction>(x, null, y, count); break;
            case ActivationFunction.GeluTanh: Select<GeluTanhFunction>(x, null, y, count); break;
            default: throw new ArgumentOutOfRangeException(nameof(function), function, "not an activation");
        }
    }

    /// <summary>y = f(gate) · up.</summary>
    /// <param name="function">f.</param>
    /// <param name="gate">[count].</param>
    /// <param name="up">[count].</param>
    /// <param name="y">Receives [count].</param>
    /// <param name="count">Elements.</param>
    public static void ApplyGate(ActivationFunction function, float* gate, float* up, float* y, int count)
    {
        switch (function)
        {
            case ActivationFunction.Silu: Select<SiluFunction>(gate, up, y, count); break;
            case ActivationFunction.Gelu: Select<GeluFunction>(gate, up, y, count); break;
            case ActivationFunction.GeluTanh: Select<GeluTanhFunction>(gate, up, y, count); break;
            default: throw new ArgumentOutOfRangeException(nameof(function), function, "not an activation");
        }
    }

    private static void Select<TFunction>(float* x, float* factors, float* y, int count)
        where TFunction : struct, ILaneFunction
    {
        if (CpuFeatures.Selected >= CpuIsa.Avx512) Run<TFunction, FloatLanes16>(x, factors, y, count);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) Run<TFunction, FloatLanes8>(x, factors, y, count);
        else Run<TFunction, FloatLanes1>(x, factors, y, count);
    }

    private static void Run<TFunction, T>(float* x, float* factors, float* y, int count, int first = 0)
        where TFunction : struct, ILaneFunction
        where T : struct, IFloatLanes<T>
    {
        int i = first;
        for (; i + T.Count <= count; i += T.Count)
        {
            T value = TFunction.Apply(T.Load(x + i));
            (factors is null ? value : value * T.Load(factors + i)).Store(y + i);
        }

        if (i < count) Run<TFunction, FloatLanes1>(x, factors, y, count, i);
    }
}
