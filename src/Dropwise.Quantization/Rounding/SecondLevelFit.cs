namespace Dropwise.Quantization.Rounding;

/// <summary>
/// Quantizes the numbers of rows that share statistics: v ≈ S · (v_q − Z) by the smallest and the largest of them (SpQR,
/// arXiv 2306.03078, section 4.2).
/// </summary>
internal static class SecondLevelFit
{
    /// <summary>
    /// The most steps from zero. Numbers that hardly differ would need a tiny step far from its offset, which float16 does not resolve: with at most this many an
    /// offset keeps a quarter of a step.
    /// </summary>
    public const float MostSteps = 512;

    /// <summary>Chooses step and offset, both numbers that their type represents.</summary>
    /// <param name="values">The numbers, at least one.</param>
    /// <param name="bits">Bits of a quantized number.</param>
    /// <param name="type">The type of step and offset.</param>
    /// <returns>S and Z of v = S · (v_q − Z).</returns>
    /// <exception cref="QuantizationException">A number is beyond the type's range.</exception>
    public static (float Step, float Offset) Fit(ReadOnlySpan<float> values, int bits, ScalarType type)
    {
        float smallest = values[0];
        float largest = values[0];
        foreach (float value in values)
        {
            smallest = Math.Min(smallest, value);
            largest = Math.Max(largest, value);
        }

        float magnitude = Math.Max(Math.Abs(smallest), Math.Abs(largest));
        float step = ScalarRounding.Round(type, Math.Max((largest - smallest) / ((1 << bits) - 1), magnitude / MostSteps));
        return step == 0 ? (0, 0) : (step, ScalarRounding.Round(type, -smallest / step));
    }

    /// <summary>Quantizes one number.</summary>
    /// <param name="value">The number.</param>
    /// <param name="bits">Bits of a quantized number.</param>
    /// <param name="fit">Step and offset.</param>
    /// <param name="code">Receives v_q.</param>
    /// <returns>What v_q stands for.</returns>
    public static float Quantize(float value, int bits, (float Step, float Offset) fit, out byte code)
    {
        code = fit.Step == 0 ? (byte)0 : (byte)Math.Clamp(MathF.Round((value / fit.Step) + fit.Offset), 0, (1 << bits) - 1);
        return fit.Step * (code - fit.Offset);
    }
}
