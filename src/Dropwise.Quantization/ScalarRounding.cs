using System.Runtime.CompilerServices;

namespace Dropwise.Quantization;

/// <summary>Rounds numbers to those that a stored type holds, so that codes are chosen for what a reader will see.</summary>
public static class ScalarRounding
{
    // Of an exponent without sign and fraction.
    private const int SmallestExponent = -127;

    /// <summary>The nearest number that a float type represents.</summary>
    /// <param name="type">A float type, or an exponent.</param>
    /// <param name="value">A finite number.</param>
    /// <exception cref="ArgumentOutOfRangeException">The type holds integers: those need a scale of their own.</exception>
    /// <exception cref="QuantizationException">The number is beyond the type's range.</exception>
    public static float Round(ScalarType type, float value)
    {
        float rounded = type switch
        {
            ScalarType.Float32 => value,
            ScalarType.Float16 => (float)(Half)value,
            ScalarType.BFloat16 => RoundToBFloat16(value),
            ScalarType.Exponent8 => RoundToPower(value),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "scales are floats"),
        };
        return float.IsFinite(rounded)
            ? rounded
            : throw new QuantizationException(FormattableString.Invariant($"a scale of {value} is beyond the range of {type}"));
    }

    // The nearest in the logarithm. There is no power of two below zero, and none is zero: the smallest stands for both.
    private static float RoundToPower(float value) =>
        value <= 0 ? MathF.ScaleB(1, SmallestExponent) : MathF.ScaleB(1, Math.Max((int)MathF.Round(MathF.Log2(value)), SmallestExponent));

    // Round to nearest, ties to even, on the upper 16 bits.
    private static float RoundToBFloat16(float value)
    {
        uint bits = Unsafe.BitCast<float, uint>(value);
        return Unsafe.BitCast<uint, float>((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
    }
}
