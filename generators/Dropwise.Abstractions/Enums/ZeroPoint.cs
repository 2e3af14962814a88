namespace Dropwise;

/// <summary>How a group's zero is kept beside its scale.</summary>
/// <remarks>This file is linked into the generator, which reads the same values from syntax.</remarks>
public enum ZeroPoint
{
    /// <summary>No zero point: ŵ = s · q.</summary>
    None = 0,

    /// <summary>An integer in the range of the code, as many bits as a code: ŵ = s · (q − z).</summary>
    Original = 1,

    /// <summary>An offset of the scale's own type: ŵ = s · q + o.</summary>
    Rescale = 2,

    /// <summary>A zero point that is quantized itself, beside a second level of scales: ŵ = s · (q − z) with z = S_z · (z_q − Z_z).</summary>
    Quantized = 3,
}
