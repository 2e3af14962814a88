using System.Linq;
using Dropwise.Generators.Emit.Text;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>
/// Writes the planar decoder that the drivers of products with halves and of dequantization take (<c>Drivers/Fragments.cuh</c>): codes to weights
/// without the row's scale, as halves or as floats.
/// </summary>
internal static class PlanarFragmentEmitter
{
    // Tables of drivers are multiples of 128 bytes; sixteen floats are the most that a lookup code has.
    private const int TableBytes = 128;

    /// <summary>Writes <c>weigh</c> for both fragments, and <c>Decoder</c>.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="geometry">The decoder's geometry.</param>
    public static void Emit(SourceWriter writer, PlanarGeometry geometry)
    {
        Table(writer, geometry);
        Floats(writer, geometry);
        writer.Line();
        Halves(writer, geometry);
        writer.Line();
        Decoder(writer, geometry);
    }

    private static void Table(SourceWriter writer, PlanarGeometry geometry)
    {
        if (geometry.Table is not { } lookup) return;
        int count = lookup.Values.Count;
        writer.Line($$"""
            // The values of codes. They are looked up in shared memory, where they lie in banks of their own: no two codes of a warp conflict.
            static __constant__ __align__(16) const float values[{{count}}] = { {{string.Join(", ", lookup.Values.Select(Literals.OfCuda))}} };

            DEVICE void fill_table(u32 tables, int thread)
            {
                if (thread < {{count / 4}}) store_shared4(tables + 16 * thread, reinterpret_cast<const uint4*>(values)[thread]);
            }

            """);
    }

    private static void Floats(SourceWriter writer, PlanarGeometry geometry)
    {
        writer.Line("// Eight weights of row g (half 0) or g + 8 from their codes, the first and the last four; each step of the formula rounds once at most.");
        using (writer.Block("DEVICE void weigh(u32 first, u32 last, const PartCodes& part, int run, int half, u32 tables, FloatFragment& weights)"))
        {
            if (geometry.Table is null) writer.Line($"const float zero = {FloatZero(geometry)};");
            if (geometry.GroupScale is { } scale) writer.Line($"const float scale = {StoredScalar.Float(scale.Type, "part.scales[run]", "half")}{geometry.TableFactor};");
            if (geometry.GroupOffset is { } offset) writer.Line($"const float offset = {StoredScalar.Float(offset.Type, "part.offsets[run]", "half")};");
            writer.Line("#pragma unroll");
            using (writer.Block("for (int i = 0; i < 8; i++)"))
            {
                const string codes = "i < 4 ? first : last";
                writer.Line(geometry.Table is null
                    ? $"const float code = byte_to_float({Unsigned(geometry, codes)}, i % 4) - zero;"
                    : $"const float code = __uint_as_float(load_shared(tables + 4 * ((({codes}) >> 8 * (i % 4)) & 0xff)));");
                writer.Line(geometry.GroupOffset is not null ? "weights.values[i] = fmaf(code, scale, offset);"
                    : geometry.GroupScale is not null ? "weights.values[i] = code * scale;"
                    : "weights.values[i] = code;");
            }
        }
    }

    private static void Halves(SourceWriter writer, PlanarGeometry geometry)
    {
        // Arithmetic on halves needs a scale that is one; the range of float32 and bfloat16 scales is left before the weight is rounded.
        bool direct = geometry is { Table: null, TableFactor: "" } && (geometry.GroupScale is null or { Type: ScalarType.Float16 });
        using (writer.Block("DEVICE void weigh(u32 first, u32 last, const PartCodes& part, int run, int half, u32 tables, HalfFragment& weights)"))
        {
            if (!direct)
            {
                writer.Line("FloatFragment exact;");
                writer.Line("weigh(first, last, part, run, half, tables, exact);");
                writer.Line("#pragma unroll");
                writer.Line("for (int i = 0; i < 4; i++) weights.words[i] = floats_to_halves(exact.values[2 * i], exact.values[2 * i + 1]);");
                return;
            }

            writer.Line($"const u32 zero = ({HalfZero(geometry)}) * 0x10001u;");
            if (geometry.GroupScale is not null) writer.Line("const u32 scale = twice(static_cast<half_bits>(part.scales[run] >> 16 * half));");
            if (geometry.GroupOffset is not null) writer.Line("const u32 offset = twice(static_cast<half_bits>(part.offsets[run] >> 16 * half));");
            for (int i = 0; i < 4; i++)
            {
                string code = $"subtract_halves(bytes_to_halves<{i % 2}>({Unsigned(geometry, i < 2 ? "first" : "last")}), zero)";
                string weight = geometry.GroupOffset is not null ? $"fuse_halves({code}, scale, offset)"
                    : geometry.GroupScale is not null ? $"multiply_halves({code}, scale)"
                    : code;
                writer.Line($"weights.words[{i}] = {weight};");
            }
        }
    }

    private static void Decoder(SourceWriter writer, PlanarGeometry geometry)
    {
        bool table = geometry.Table is not null;
        writer.Line("template <typename Value>");
        using (writer.Block("struct Decoder", "};"))
        {
            writer.Line($$"""
                typedef Value Fragment;
                typedef PartCodes Codes;
                static constexpr int part_steps = {{geometry.PartSteps}};
                static constexpr int table_bytes = {{(table ? TableBytes : 0)}};

                Streams streams;
                u32 tables;

                """);
            writer.Line(table
                ? "static DEVICE void fill(const Matrix&, u32 tables, int thread, int) { fill_table(tables, thread); }"
                : "static DEVICE void fill(const Matrix&, u32, int, int) {}");
            writer.Line();
            writer.Line("DEVICE Decoder(const Matrix& matrix, int, int padded_columns, u32 tables) : streams(matrix, padded_columns), tables(tables) {}");
            writer.Line();
            writer.Line("DEVICE PartCodes load(int tile, int part) const { return streams.load(tile, part); }");
            writer.Line();
            using (writer.Block("DEVICE void decode(const PartCodes& part, int step, Value& low, Value& high) const"))
            {
                writer.Line($$"""
                    u32 codes[4];
                    unpack(part, step, codes);
                    weigh(codes[0], codes[2], part, {{geometry.RunOf("step")}}, 0, tables, low);
                    weigh(codes[1], codes[3], part, {{geometry.RunOf("step")}}, 1, tables, high);
                    """);
            }

            writer.Line();
            writer.Line("static DEVICE float row_scale(const Matrix& matrix, int row) { return weights::row_scale(matrix, row); }");
        }
    }

    // A byte becomes a float by being put below 2^23, which the zero takes away again; all of it is exact.
    private static string FloatZero(PlanarGeometry geometry) => geometry.GroupZero is null
        ? $"float_2_23 + {ConstantZero(geometry)}.0f"
        : "float_2_23 + static_cast<float>(part.zeros[run] >> 8 * half & 0xff)";

    private static string HalfZero(PlanarGeometry geometry) => geometry.GroupZero is null
        ? $"half_1024 + {ConstantZero(geometry)}u"
        : "half_1024 + (part.zeros[run] >> 8 * half & 0xff)";

    // Two's complement becomes an offset of 128 by flipping the sign bits.
    private static string Unsigned(PlanarGeometry geometry, string codes) =>
        !geometry.TwosComplement ? codes : codes.Contains('?') ? $"({codes}) ^ 0x80808080u" : $"{codes} ^ 0x80808080u";

    private static int ConstantZero(PlanarGeometry geometry) => geometry.ConstantZero + (geometry.TwosComplement ? 128 : 0);
}
