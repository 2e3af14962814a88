using System.Linq;
using Dropwise.Generators.Emit.Text;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>
/// Writes the additive decoder that the drivers of products with halves and of dequantization take (<c>Drivers/Fragments.cuh</c>): sums of codewords,
/// as halves or as floats.
/// </summary>
internal static class CodewordFragmentEmitter
{
    /// <summary>Writes <c>Decoder</c>.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="geometry">The decoder's geometry.</param>
    public static void Emit(SourceWriter writer, CodewordGeometry geometry)
    {
        writer.Line("template <typename Value>");
        using (writer.Block("struct Decoder", "};"))
        {
            writer.Line($$"""
                typedef Value Fragment;

                // What a lane loads of a part: a plane of codes a codebook.
                struct Codes
                {
                    u32 planes[{{geometry.Codebooks}}][{{geometry.PartWords}}];
                };

                typedef {{(geometry.Gathers ? "GatheredValues" : "CodewordTables")}}<Value, {{geometry.TableArguments}}> Tables;
                static constexpr int part_steps = {{geometry.PartSteps}};
                static constexpr int table_bytes = Tables::bytes;

                const Matrix& matrix;
                int padded_columns;
                Tables tables;

                static DEVICE void fill(const Matrix& matrix, u32 tables, int thread, int threads) { Tables::fill(matrix.codebooks, tables, thread, threads); }

                DEVICE Decoder(const Matrix& matrix, int, int padded_columns, u32 tables) : matrix(matrix), padded_columns(padded_columns), tables({{(geometry.Gathers ? "matrix.codebooks" : "tables")}}) {}

                """);
            using (writer.Block("DEVICE Codes load(int tile, int part) const"))
            {
                writer.Line("Codes codes;");
                writer.Line($"const u32 job = tile * (padded_columns / job_columns) + part / {geometry.JobParts};");
                foreach ((int stream, int codebook) in geometry.Streams.Select(static (stream, codebook) => (stream, codebook)))
                    writer.Line($"load_codes(codes.planes[{codebook}], matrix.streams[{stream}], job, part % {geometry.JobParts} * {geometry.PartWords});");
                writer.Line("return codes;");
            }

            writer.Line();
            using (writer.Block("DEVICE void decode(const Codes& codes, int step, Value& low, Value& high) const"))
            {
                for (int codebook = geometry.Codebooks - 1; codebook >= 0; codebook--)
                {
                    Add(writer, geometry, codebook, 0, "low");
                    Add(writer, geometry, codebook, 1, "high");
                }
            }

            writer.Line();
            writer.Line("static DEVICE float row_scale(const Matrix& matrix, int row) { return weights::row_scale(matrix, row) * Tables::factor(matrix.codebooks); }");
        }
    }

    private static void Add(SourceWriter writer, CodewordGeometry geometry, int codebook, int half, string fragment)
    {
        for (int run = 0; run < 8 / geometry.EntryInputs; run++)
        {
            string place = geometry.EntryInputs == 8 ? "" : $", {run}";
            writer.Line($"tables.template add<{codebook}, {run * geometry.EntryInputs}>({fragment}, code_at(codes.planes[{codebook}], step, {half}{place}));");
        }
    }
}
