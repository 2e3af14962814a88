using System.Runtime.CompilerServices;

namespace Dropwise.Cpu;

/// <summary>A function of one number, for lanes of any width.</summary>
internal interface ILaneFunction
{
    /// <summary>f(x), lane by lane.</summary>
    /// <param name="x">Any finite values.</param>
    /// <typeparam name="T">The lanes.</typeparam>
    static abstract T Apply<T>(T x)
        where T : struct, IFloatLanes<T>;

    /// <summary>f'(x), lane by lane.</summary>
    /// <param name="x">Any finite values.</param>
    /// <param name="value">Receives f(x), which has most of the work in common.</param>
    /// <typeparam name="T">The lanes.</typeparam>
    static abstract T Slope<T>(T x, out T value)
        where T : struct, IFloatLanes<T>;
}

/// <summary><see cref="ActivationFunction.Silu"/>.</summary>
internal readonly struct SiluFunction : ILaneFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x)
        where T : struct, IFloatLanes<T> => x / (T.Broadcast(1) + LaneMath.Exp(T.Broadcast(0) - x));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, out T value)
        where T : struct, IFloatLanes<T>
    {
        T one = T.Broadcast(1), share = one / (one + LaneMath.Exp(T.Broadcast(0) - x));
        value = x * share;
        return T.MultiplyAdd(value, one - share, share);
    }
}

/// <summary><see cref="ActivationFunction.GeluTanh"/>: ½(1 + tanh u) is 1 / (1 + e^−2u).</summary>
internal readonly struct GeluTanhFunction : ILaneFunction
{
    // √(8/π), twice the factor of u.
    private const float Rate = 1.5957691216f;
    private const float Cube = 0.044715f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x)
        where T : struct, IFloatLanes<T>
    {
        T one = T.Broadcast(1);
        T exponent = T.Broadcast(-Rate) * x * T.MultiplyAdd(x * x, T.Broadcast(Cube), one);
        return x / (one + LaneMath.Exp(exponent));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, out T value)
        where T : struct, IFloatLanes<T>
    {
        T one = T.Broadcast(1), squares = x * x;
        T share = one / (one + LaneMath.Exp(T.Broadcast(-Rate) * x * T.MultiplyAdd(squares, T.Broadcast(Cube), one)));
        value = x * share;
        T rate = T.Broadcast(Rate) * T.MultiplyAdd(squares, T.Broadcast(3 * Cube), one);
        return T.MultiplyAdd(value * (one - share), rate, share);
    }
}

/// <summary>
/// <see cref="ActivationFunction.Gelu"/>: max(x, 0) − |x|·q, where q = ½ erfc(|x|/√2) is the part of a normal distribution beyond |x|. erfc is
/// Abramowitz and Stegun's formula 7.1.26, right to 1.5e-7, which is about a unit in the last place of 1.
/// </summary>
internal readonly struct GeluFunction : ILaneFunction
{
    private const float HalfRoot = 0.70710678119f;
    private const float P = 0.3275911f;
    private const float A1 = 0.254829592f;
    private const float A2 = -0.284496736f;
    private const float A3 = 1.421413741f;
    private const float A4 = -1.453152027f;
    private const float A5 = 1.061405429f;

    // 1 / √(2π), the density of a normal distribution at zero.
    private const float Density = 0.3989422804f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x)
        where T : struct, IFloatLanes<T>
    {
        T zero = T.Broadcast(0);
        T magnitude = T.Max(x, zero - x);
        return T.Max(x, zero) - (magnitude * Beyond(magnitude, out _));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Slope<T>(T x, out T value)
        where T : struct, IFloatLanes<T>
    {
        T zero = T.Broadcast(0);
        T magnitude = T.Max(x, zero - x);
        T beyond = Beyond(magnitude, out T bell);
        value = T.Max(x, zero) - (magnitude * beyond);

        // Φ(x) is ½ ± (½ − q), and lanes have no comparison: a huge multiple of x, cut to that length, has the sign.
        T half = T.Broadcast(0.5f), length = half - beyond;
        T share = half + T.Max(T.Min(x * T.Broadcast(1e30f), length), zero - length);
        return T.MultiplyAdd(x, T.Broadcast(Density) * bell, share);
    }

    /// <summary>q of a magnitude, and e^(−x²/2), which it is made with.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Beyond<T>(T magnitude, out T bell)
        where T : struct, IFloatLanes<T>
    {
        T z = magnitude * T.Broadcast(HalfRoot);
        T t = T.Broadcast(1) / T.MultiplyAdd(z, T.Broadcast(P), T.Broadcast(1));
        T sum = T.MultiplyAdd(T.Broadcast(A5), t, T.Broadcast(A4));
        sum = T.MultiplyAdd(sum, t, T.Broadcast(A3));
        sum = T.MultiplyAdd(sum, t, T.Broadcast(A2));
        sum = T.MultiplyAdd(sum, t, T.Broadcast(A1));
        bell = LaneMath.Exp(T.Broadcast(0) - (z * z));
        return T.Broadcast(0.5f) * sum * t * bell;
    }
}
