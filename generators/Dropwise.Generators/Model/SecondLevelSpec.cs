namespace Dropwise.Generators.Model;

/// <summary>Scales and zeros that are quantized themselves, as declared.</summary>
/// <param name="ScaleBits">Bits of a quantized scale.</param>
/// <param name="ZeroBits">Bits of a quantized zero.</param>
/// <param name="GroupRows">Consecutive output rows that share statistics.</param>
/// <param name="Stat">The type of a statistic.</param>
internal sealed record SecondLevelSpec(int ScaleBits, int ZeroBits, int GroupRows, ScalarType Stat);
