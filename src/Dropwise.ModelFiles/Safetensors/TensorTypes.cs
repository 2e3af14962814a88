using System.Collections.Immutable;

namespace Dropwise.ModelFiles;

/// <summary>Names and sizes of <see cref="TensorType"/>.</summary>
public static class TensorTypes
{
    // In the order of the enumeration; the names are the ones of the safetensors specification.
    private static readonly ImmutableArray<(string Name, int Bytes)> Table =
    [
        ("F32", 4), ("F16", 2), ("BF16", 2), ("I8", 1), ("U8", 1), ("I16", 2), ("I32", 4), ("I64", 8), ("F64", 8), ("BOOL", 1),
    ];

    /// <summary>The name in a safetensors header, such as <c>BF16</c>.</summary>
    /// <param name="type">The element type.</param>
    public static string NameOf(TensorType type) => Table[(int)type].Name;

    /// <summary>Bytes of one element.</summary>
    /// <param name="type">The element type.</param>
    public static int BytesOf(TensorType type) => Table[(int)type].Bytes;

    /// <summary>The element type on disk of a part of a format.</summary>
    /// <param name="type">The type that the format declares.</param>
    public static TensorType Of(ScalarType type) => type switch
    {
        ScalarType.Float32 => TensorType.Float32,
        ScalarType.Float16 => TensorType.Float16,
        ScalarType.BFloat16 => TensorType.BFloat16,
        ScalarType.Int8 => TensorType.Int8,
        ScalarType.UInt8 => TensorType.UInt8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no such element type"),
    };

    /// <summary>Finds the type that a safetensors header names.</summary>
    /// <param name="name">Such as <c>BF16</c>.</param>
    /// <param name="type">The element type.</param>
    /// <returns>Whether the name is known.</returns>
    public static bool TryParse(string name, out TensorType type)
    {
        for (int i = 0; i < Table.Length; i++)
        {
            if (Table[i].Name != name) continue;
            type = (TensorType)i;
            return true;
        }

        type = default;
        return false;
    }

    /// <summary>All names, for messages.</summary>
    internal static string KnownNames => string.Join(", ", Table.Select(static entry => entry.Name));
}
