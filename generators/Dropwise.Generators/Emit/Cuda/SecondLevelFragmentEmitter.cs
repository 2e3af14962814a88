using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>
/// Writes the decoder of codes with a second level that the drivers of products with halves and of dequantization take
/// (<c>Drivers/Fragments.cuh</c>): a part is a unit of eight steps, and outliers replace values of the fragments.
/// </summary>
internal static class SecondLevelFragmentEmitter
{
    /// <summary>Writes <c>Decoder</c>.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="geometry">The decoder's geometry.</param>
    public static void Emit(SourceWriter writer, SecondLevelGeometry geometry)
    {
        int chunks = geometry.Bits;
        int codeBytes = DeviceStreamPlan.JobRows * SecondLevelUnit.Inputs * geometry.Bits / 8;
        int wordBytes = geometry.StatisticBits * sizeof(uint);
        writer.Line($$"""
            // What lane 4g + q loads of a unit: its codes of rows g and g + 8, their quantized scales and zeros in its groups, the statistics of group `lane`,
            // and where the outliers of both rows are.
            struct UnitCodes {
                u32 words[{{4 * chunks}}];
                Fields fields;
                uint2 statistics;
            """);
        if (geometry.HasOutliers) writer.Line("    mutable OutlierCursor outliers;  // moves on with the steps, which drivers decode in order");
        writer.Line($$"""
            };

            template <typename Value>
            struct Decoder {
                typedef Value Fragment;
                typedef UnitCodes Codes;
                static constexpr int part_steps = {{SecondLevelUnit.Steps}};
                static constexpr int table_bytes = 0;

                const u8* codes;
                const u8* scales;
                const u8* statistics;
                {{(geometry.HasOutliers ? "const u8* outlier_units;\n    const u32* outliers;\n    " : "")}}int units;

                static DEVICE void fill(const Matrix&, u32, int, int) {}

                DEVICE Decoder(const Matrix& matrix, int, int padded_columns, u32)
                    : codes(matrix.streams[0] + lane_index() * 16),
                      scales(matrix.streams[1] + (lane_index() / 4 * 2 + lane_index() % 4 / 2) * {{wordBytes}}),
                      statistics(matrix.streams[2] + lane_index() % {{SecondLevelUnit.Groups}} * 8),
                      {{(geometry.HasOutliers ? "outlier_units(matrix.streams[3]), outliers(reinterpret_cast<const u32*>(matrix.streams[4])), " : "")}}units(padded_columns / {{SecondLevelUnit.Inputs}}) {}

                DEVICE UnitCodes load(int tile, int part) const
                {
                    UnitCodes loaded;
                    const i64 unit = static_cast<i64>(tile) * units + part;
                    load_chunks(loaded.words, codes + unit * {{codeBytes}});
                    loaded.fields.load(scales + unit * {{16 * wordBytes}});
                    loaded.statistics = *reinterpret_cast<const uint2*>(statistics + unit * {{SecondLevelUnit.Groups * 8}});
            """);
        if (geometry.HasOutliers) writer.Line("        loaded.outliers.seek(outlier_units, unit);");
        writer.Line("""
                    return loaded;
                }

                DEVICE void decode(const UnitCodes& part, int step, Value& low, Value& high) const
                {
                    u32 registers[4];
                    unpack(part.words, step, registers);
                    const GroupStatistics group = GroupStatistics::of_group(part.statistics, step * 2 + lane_index() % 4 / 2);
                    const ScaleAndZero g = group.decode(part.fields, step, 0);
                    const ScaleAndZero g8 = group.decode(part.fields, step, 1);
                    weigh_codes(registers[0], registers[2], g, code_shift(step), low);
                    weigh_codes(registers[1], registers[3], g8, code_shift(step), high);
            """);
        if (geometry.HasOutliers) writer.Line("        part.outliers.replace(outliers, step, low, high);");
        writer.Line("""
                }

                static DEVICE float row_scale(const Matrix&, int) { return 1.0f; }
            };
            """);
    }
}
