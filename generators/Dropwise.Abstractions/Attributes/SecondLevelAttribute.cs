namespace Dropwise;

/// <summary>
/// Scales and zeros of groups are quantized themselves (SpQR, arXiv 2306.03078, section 4.2): s = S_s · (s_q − Z_s) and
/// z = S_z · (z_q − Z_z), where consecutive output rows share the four statistics S_s, Z_s, S_z, Z_z of a group of inputs. Beside
/// <see cref="BlockAttribute"/> the groups of a block share two steps instead, as described there, and bits may be 1 to 8.
/// </summary>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class SecondLevelAttribute : Attribute
{
    /// <summary>Bits of a group's quantized scale s_q: 3 or 4; of a block 1 to 8.</summary>
    public required int ScaleBits { get; init; }

    /// <summary>Bits of a group's quantized zero z_q: as many as <see cref="ScaleBits"/>; of a block also 0, where groups have no offset.</summary>
    public required int ZeroBits { get; init; }

    /// <summary>Consecutive output rows that share statistics: 16; of a block 1.</summary>
    public int GroupRows { get; init; } = 16;

    /// <summary>The type of a statistic: <see cref="ScalarType.Float16"/>.</summary>
    public ScalarType Stat { get; init; } = ScalarType.Float16;
}
