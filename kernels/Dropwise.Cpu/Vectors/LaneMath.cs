using System.Runtime.CompilerServices;

namespace Dropwise.Cpu;

/// <summary>Functions of float lanes that are built of the basic operations.</summary>
internal static class LaneMath
{
    // e^x is finite and normal in float32 between these.
    private const float LargestExponent = 88f;
    private const float SmallestExponent = -87f;

    // ln 2 in two parts, so that x − n·ln 2 is exact to float32 (Cody and Waite); the first has trailing zeros, so n·High is exact.
    private const float LnTwoHigh = 0.693359375f;
    private const float LnTwoLow = -2.12194440e-4f;
    private const float InverseLnTwo = 1.44269504f;

    /// <summary>e^x to two units in the last place: x = n·ln 2 + r, 2^n times a polynomial in r of degree 7.</summary>
    /// <param name="x">Clamped to [−87, 88].</param>
    /// <typeparam name="T">The lanes.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x)
        where T : struct, IFloatLanes<T>
    {
        x = T.Min(T.Max(x, T.Broadcast(SmallestExponent)), T.Broadcast(LargestExponent));
        T n = T.Round(x * T.Broadcast(InverseLnTwo));
        T r = T.MultiplyAdd(n, T.Broadcast(-LnTwoHigh), x);
        r = T.MultiplyAdd(n, T.Broadcast(-LnTwoLow), r);

        // Taylor's series: |r| is at most ln 2 / 2, where the eighth term is below half a unit in the last place.
        T p = T.MultiplyAdd(T.Broadcast(1f / 5040), r, T.Broadcast(1f / 720));
        p = T.MultiplyAdd(p, r, T.Broadcast(1f / 120));
        p = T.MultiplyAdd(p, r, T.Broadcast(1f / 24));
        p = T.MultiplyAdd(p, r, T.Broadcast(1f / 6));
        p = T.MultiplyAdd(p, r, T.Broadcast(0.5f));
        p = T.MultiplyAdd(p, r, T.Broadcast(1f));
        p = T.MultiplyAdd(p, r, T.Broadcast(1f));
        return p * T.PowerOfTwo(n);
    }
}
