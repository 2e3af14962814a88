using System.Numerics;

namespace Dropwise.Inference;

/// <summary>
/// xoshiro256** (Blackman and Vigna, https://prng.di.unimi.it, public domain), seeded by splitmix64: the same numbers for a seed on every
/// machine and in every version, which <see cref="Random"/> does not promise.
/// </summary>
internal sealed class Xoshiro256
{
    private ulong _a, _b, _c, _d;

    /// <summary>Creates a generator.</summary>
    /// <param name="seed">Any number.</param>
    public Xoshiro256(ulong seed)
    {
        _a = Split(ref seed);
        _b = Split(ref seed);
        _c = Split(ref seed);
        _d = Split(ref seed);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    private static ulong Split(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        ulong z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
