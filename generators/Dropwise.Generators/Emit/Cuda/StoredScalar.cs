using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>
/// How scales are spelled in CUDA C++. In device memory they are float16, exponents, or float32 for every other type, and those of rows g and g + 8 lie
/// side by side.
/// </summary>
internal static class StoredScalar
{
    /// <summary>Bytes of one element in device memory.</summary>
    /// <param name="type">The type in the CPU layout.</param>
    public static int Bytes(ScalarType type) => type switch
    {
        ScalarType.Exponent8 => 1,
        ScalarType.Float16 => 2,
        _ => 4,
    };

    /// <summary>The type of the pair of rows g and g + 8 in a register.</summary>
    /// <param name="type">The type in the CPU layout.</param>
    public static string Pair(ScalarType type) => type switch
    {
        ScalarType.Exponent8 => "u16",
        ScalarType.Float16 => "u32",
        _ => "uint2",
    };

    /// <summary>Loads the pair of a lane's rows.</summary>
    /// <param name="bytes">Bytes of one row's element: 1, 2 or 4.</param>
    /// <param name="arguments">The address of the pair, and whether to load it.</param>
    public static string LoadPair(int bytes, string arguments) => bytes switch
    {
        1 => $"load_wanted_half({arguments})",
        2 => $"load_wanted_word({arguments})",
        _ => $"load_wanted_words({arguments})",
    };

    /// <summary>One row's element of a pair as float32.</summary>
    /// <param name="type">The type in the CPU layout.</param>
    /// <param name="pair">The pair.</param>
    /// <param name="half">0 for row g, 1 for row g + 8: an expression.</param>
    public static string Float(ScalarType type, string pair, string half) => type switch
    {
        ScalarType.Exponent8 => $"exponent_to_float({pair} >> 8 * {half} & 0xff)",
        ScalarType.Float16 => $"half_to_float(static_cast<half_bits>({pair} >> 16 * {half}))",
        _ => $"__uint_as_float({half} == 0 ? {pair}.x : {pair}.y)",
    };

    /// <summary>Writes the row's scale, what the drivers multiply a row's product by at last: its load, its conversion, and both in one.</summary>
    /// <param name="writer">Receives the functions.</param>
    /// <param name="scale">The row's scale, or null.</param>
    /// <param name="stream">The index of its stream.</param>
    public static void RowScale(SourceWriter writer, ApplyScale? scale, int stream)
    {
        (string load, string convert) = scale switch
        {
            null => ("0", "1.0f"),
            { Type: ScalarType.Float16 } => ($"load_streaming_half(matrix.streams[{stream}] + interleaved_row(row) * 2)", "half_to_float(static_cast<half_bits>(bits))"),
            _ => ($"load_streaming_word(matrix.streams[{stream}] + interleaved_row(row) * 4)", "__uint_as_float(bits)"),
        };
        writer.Line($$"""
            DEVICE u32 load_row_scale(const Matrix& matrix, int row) { return {{load}}; }

            DEVICE float row_scale(u32 bits) { return {{convert}}; }

            DEVICE float row_scale(const Matrix& matrix, int row) { return row_scale(load_row_scale(matrix, row)); }
            """);
    }
}
