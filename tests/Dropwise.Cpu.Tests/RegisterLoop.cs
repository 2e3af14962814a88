using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dropwise.Cpu.Tests;

/// <summary>Multiply-adds of AVX-512 that touch nothing but registers: the most that a product can reach on this processor at this moment.</summary>
internal static unsafe class RegisterLoop
{
    /// <summary>Floating-point operations a second of one thread in one short run.</summary>
    public static double FlopsPerSecond()
    {
        const int Turns = 200_000;
        float* operands = stackalloc float[32];
        new Span<float>(operands, 32).Fill(0.01f);
        long start = Stopwatch.GetTimestamp();
        float sum = MultiplyInRegisters(operands, Turns);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Assert.False(float.IsNaN(sum));
        return 12.0 * 16 * 2 * Turns / seconds;
    }

    /// <summary>Twelve independent sums cover the latency of a multiply-add; operands that the compiler does not know stay in registers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float MultiplyInRegisters(float* operands, int turns)
    {
        Vector512<float> a = Vector512.Load(operands), b = Vector512.Load(operands + 16);
        Vector512<float> s0 = a, s1 = a, s2 = a, s3 = a, s4 = a, s5 = a, s6 = a, s7 = a, s8 = a, s9 = a, s10 = a, s11 = a;
        for (int i = 0; i < turns; i++)
        {
            s0 = Vector512.FusedMultiplyAdd(a, b, s0);
            s1 = Vector512.FusedMultiplyAdd(a, b, s1);
            s2 = Vector512.FusedMultiplyAdd(a, b, s2);
            s3 = Vector512.FusedMultiplyAdd(a, b, s3);
            s4 = Vector512.FusedMultiplyAdd(a, b, s4);
            s5 = Vector512.FusedMultiplyAdd(a, b, s5);
            s6 = Vector512.FusedMultiplyAdd(a, b, s6);
            s7 = Vector512.FusedMultiplyAdd(a, b, s7);
            s8 = Vector512.FusedMultiplyAdd(a, b, s8);
            s9 = Vector512.FusedMultiplyAdd(a, b, s9);
            s10 = Vector512.FusedMultiplyAdd(a, b, s10);
            s11 = Vector512.FusedMultiplyAdd(a, b, s11);
        }

        return Vector512.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }
}
