namespace Dropwise.Generators.Lowering;

/// <summary>Dequantize codes with a second level: a lane is a row, and outliers replace what was written.</summary>
/// <param name="Outliers">Whether there may be outliers.</param>
internal sealed record SecondLevelDequantize(bool Outliers) : Schedule;

/// <summary>
/// Byte products of groups of 16 inputs. Outliers are multiplied a job at a time before the codes, whose zero points then count only the
/// inputs that are not an outlier's: the code under an outlier is 0, so that nothing else is left of it.
/// </summary>
/// <param name="Outliers">Whether there may be outliers.</param>
internal sealed record SecondLevelByteGemv(bool Outliers) : Schedule;
