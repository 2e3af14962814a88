namespace Dropwise.Generators.Emit.CSharp;

/// <summary>How a stored float type is spelled: its element, its load and its store.</summary>
internal static class StoredScalar
{
    /// <summary>The C# type of an element in memory.</summary>
    /// <param name="type">The stored type.</param>
    public static string Element(ScalarType type) => type switch
    {
        ScalarType.Float32 => "float",
        ScalarType.Exponent8 => "byte",
        _ => "ushort",
    };

    /// <summary>Loads one element as float32.</summary>
    /// <param name="type">The stored type.</param>
    /// <param name="address">A pointer to the element.</param>
    public static string Load(ScalarType type, string address) => type switch
    {
        ScalarType.Float16 => $"ScaleLanes.Half({address})",
        ScalarType.BFloat16 => $"ScaleLanes.BFloat({address})",
        ScalarType.Exponent8 => $"ScaleLanes.Exponent({address})",
        _ => $"*({address})",
    };

    /// <summary>Loads an element a lane as float32.</summary>
    /// <param name="type">The stored type.</param>
    /// <param name="address">A pointer to the first element.</param>
    /// <param name="dialect">The instruction set.</param>
    public static string Load(ScalarType type, string address, VectorDialect dialect) => type switch
    {
        ScalarType.Float16 => $"ScaleLanes.Half{dialect.Bits}({address})",
        ScalarType.BFloat16 => $"ScaleLanes.BFloat{dialect.Bits}({address})",
        _ => $"{dialect.Vector}.Load({address})",
    };

    /// <summary>A float32 that the stored type represents exactly, as an element.</summary>
    /// <param name="type">The stored type.</param>
    /// <param name="value">An expression of type float.</param>
    public static string Encode(ScalarType type, string value) => type switch
    {
        ScalarType.Float16 => $"BitConverter.HalfToUInt16Bits((Half){value})",
        ScalarType.BFloat16 => $"(ushort)(BitConverter.SingleToUInt32Bits({value}) >> 16)",
        ScalarType.Exponent8 => $"(byte)(BitConverter.SingleToUInt32Bits({value}) >> 23)",
        _ => value,
    };
}
