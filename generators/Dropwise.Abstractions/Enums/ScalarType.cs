namespace Dropwise;

/// <summary>The element types that a format's parts may be stored in.</summary>
/// <remarks>This file is linked into the generator, which reads the same values from syntax.</remarks>
public enum ScalarType
{
    /// <summary>IEEE 754 binary32.</summary>
    Float32 = 0,

    /// <summary>IEEE 754 binary16.</summary>
    Float16 = 1,

    /// <summary>The upper half of a binary32.</summary>
    BFloat16 = 2,

    /// <summary>Signed 8-bit integer.</summary>
    Int8 = 3,

    /// <summary>Unsigned 8-bit integer; also the type of packed bits.</summary>
    UInt8 = 4,

    /// <summary>The exponent of a binary32 without sign and fraction, 2^(e − 127): the E8M0 of the OCP microscaling formats.</summary>
    Exponent8 = 5,
}
