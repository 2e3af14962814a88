namespace Dropwise.ModelFiles;

/// <summary>The element types of a safetensors file.</summary>
public enum TensorType
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

    /// <summary>Signed 16-bit integer.</summary>
    Int16 = 5,

    /// <summary>Signed 32-bit integer.</summary>
    Int32 = 6,

    /// <summary>Signed 64-bit integer.</summary>
    Int64 = 7,

    /// <summary>IEEE 754 binary64.</summary>
    Float64 = 8,

    /// <summary>One byte, 0 or 1.</summary>
    Boolean = 9,
}
