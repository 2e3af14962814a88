using System.Linq;
using Dropwise.Generators.Emit.Text;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>
/// Writes the additive decoder that the driver of few tokens takes (<c>Drivers/Gemv.cuh</c>): codewords are operands of integer tensor
/// cores as they are, codebook by codebook, so that every codebook keeps a factor of its own.
/// </summary>
internal static class CodewordByteEmitter
{
    private const int JobSteps = 16;

    /// <summary>Writes <c>ByteDecoder</c>.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="geometry">The decoder's geometry.</param>
    public static void Emit(SourceWriter writer, CodewordGeometry geometry)
    {
        writer.Line("// A unit of Steps steps, loaded and multiplied codebook by codebook with the bytes of split activations, which lie as ByteColumns says.");
        writer.Line("template <int Steps, int Threads, template <int, int> class ByteColumns = PlaneColumns>");
        using (writer.Block("struct ByteDecoder", "};"))
        {
            writer.Line($$"""
                typedef {{(geometry.Gathers ? "CodewordGathers" : "CodewordBytes")}}<{{geometry.TableArguments}}> Codewords;
                typedef typename Codewords::Tables Tables;
                static constexpr int unit_steps = Steps;
                static constexpr int parts = {{geometry.Codebooks}};
                static constexpr int table_bytes = Codewords::bytes;
                static constexpr int threads = Threads;

                template <int Tiles>
                using Columns = ByteColumns<Steps, Tiles>;

                const Matrix& matrix;
                int jobs;
                {{(geometry.Gathers ? "const u8*" : "u32")}} column;
                u32 codes[parts][{{geometry.LaneWords}} * Steps / {{JobSteps}}];

                DEVICE ByteDecoder(const Matrix& matrix, const Products& p)
                    : matrix(matrix), jobs(p.padded_columns / job_columns), column(Codewords::column({{(geometry.Gathers ? "matrix" : "")}})) {}

                """);
            Load(writer, geometry);
            writer.Line();
            writer.Line("template <int Tiles>");
            using (writer.Block("DEVICE void multiply(int part, const Columns<Tiles>& x, float (&y)[Tiles][2]) const"))
            {
                string look = geometry.EntryInputs == 8
                    ? "Codewords::look_up(part, column, code_at(codes[part], step, half))"
                    : "Codewords::look_up(part, column, code_at(codes[part], step, half, 0), code_at(codes[part], step, half, 1))";
                writer.Line($"const auto operand_at = [&](int step, int half) {{ return {look}; }};");
                writer.Line("multiply_codewords(x, y, Codewords::factor(matrix, part), operand_at, typename Codewords::Operand());");
            }

            writer.Line();
            writer.Line($$"""
                static DEVICE u32 load_row_scale(const Matrix& matrix, int row) { return weights::load_row_scale(matrix, row); }

                static DEVICE float row_scale(u32 bits) { return weights::row_scale(bits); }
                """);
        }
    }

    // A codebook's stream is an operand of its own, and streams are in the order of levels.
    private static void Load(SourceWriter writer, CodewordGeometry geometry)
    {
        using (writer.Block("DEVICE void load(bool wanted, int part, int tile, int unit)"))
        {
            int[] streams = [.. geometry.Streams];
            bool shifted = Enumerable.Range(0, streams.Length).Any(codebook => streams[codebook] != codebook);
            string stream = !shifted ? "part" : streams.Length == 1 ? $"{streams[0]}" : $"part == 0 ? {streams[0]} : part + {streams[1] - 1}";
            writer.Line($$"""
                constexpr int job_units = {{JobSteps}} / Steps;
                const u32 job = tile * jobs + unit / job_units;
                load_codes(codes[part], matrix.streams[{{stream}}], job, unit % job_units * ({{geometry.LaneWords}} / job_units), wanted);
                """);
        }
    }
}
