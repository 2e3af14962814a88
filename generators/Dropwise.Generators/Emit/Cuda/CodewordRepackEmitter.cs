using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>Writes the repack kernels of codebooks' codes.</summary>
internal static class CodewordRepackEmitter
{
    private const string Function = "repack_codes";

    /// <summary>Writes the kernel. Codebooks have one layout, and the function that all their kernels call is written before the first.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="stream">A stream whose form is <see cref="CodewordCodes"/>.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan, DeviceStreamPlan stream)
    {
        if (stream.SourceStream == 0)
        {
            var form = (CodewordCodes)stream.Form;
            if (plan.Layout.Packing is WideCodePacking) WideReader(writer);
            else Reader(writer, form);
            writer.Line();
            Body(writer, form);
            writer.Line();
        }

        RepackKernel.Forward(writer, stream.RepackKernel(plan.Format.Name), Function);
    }

    private static void Body(SourceWriter writer, CodewordCodes form)
    {
        writer.Line($"static_assert({form.LaneWords} * 32 * 32 == 16 * 512 / {form.Dimension} * {form.CodeBits}, \"a job of codes has the bits that the declaration says\");");
        writer.Line();
        int chunks = form.LaneWords / form.ChunkWords;
        string summary = $"A codebook's codes as jobs [{chunks} chunks][32 lanes][{form.ChunkWords} words], lane 4g + q: rows g and g + 8.";
        using (RepackKernel.Open(writer, Function, form, summary, RepackKernel.Function))
        {
            int fields = 32 / form.CodeBits;
            writer.Line($"const int word = place / {32 * form.ChunkWords} * {form.ChunkWords} + place % {form.ChunkWords};");
            writer.Line($"const int lane = place / {form.ChunkWords} % 32;");
            writer.Line($"const int source_runs = source_columns / {form.Dimension};");
            writer.Line("unsigned packed = 0;");
            using (writer.Block($"for (int field = 0; field < {fields}; field++)"))
            {
                Place(writer, form, fields);
                writer.Line("if (row >= rows || column >= columns) continue;");
                writer.Line($"const unsigned code = code_at(source, source_rows, source_runs, first_row + row, (first_column + column) / {form.Dimension});");
                writer.Line($"packed |= code << ({form.CodeBits} * field);");
            }

            writer.Line("((unsigned*)destination)[index] = packed;");
        }
    }

    // Lane q of a row owns inputs 8q to 8q + 7 of each step: two codewords of 4 weights, one of 8, or half of one of 16, which is then kept by the even
    // lane for even steps and by the odd lane for odd ones.
    private static void Place(SourceWriter writer, CodewordCodes form, int fields)
    {
        (string comment, string rowHalf, string column) = form.Dimension switch
        {
            4 => ("step, row half, four inputs", "piece / 2 % 2", "piece / 4 * 32 + lane % 4 * 8 + piece % 2 * 4"),
            8 => ("step, row half", "piece % 2", "piece / 2 * 32 + lane % 4 * 8"),
            _ => ("two steps, row half", "piece % 2", "piece / 2 * 64 + lane % 2 * 32 + lane % 4 / 2 * 16"),
        };
        writer.Line($$"""
            const int piece = word * {{fields}} + field;  // {{comment}}
            const int row = tile * 16 + lane / 4 + {{rowHalf}} * 8;
            const int column = unit * 512 + {{column}};
            """);
    }

    private static void WideReader(SourceWriter writer)
    {
        writer.Line("// One code from the CPU's layout: row after row, two bytes each.");
        using (writer.Block("static __device__ unsigned code_at(const unsigned char* source, int, int source_runs, int row, int run)"))
            writer.Line("return ((const unsigned short*)source)[(long long)row * source_runs + run];");
    }

    private static void Reader(SourceWriter writer, CodewordCodes form)
    {
        const int tileRows = AdditivePacking.TileRows;
        bool whole = form.CodeBits == 8;
        writer.Line("// One code from the CPU's layout: tiles of 256 rows (the last one what is left), in a tile [runs][blocks of 64 rows].");
        using (writer.Block("static __device__ unsigned code_at(const unsigned char* source, int source_rows, int source_runs, int row, int run)"))
        {
            writer.Line($$"""
                const int tile = row / {{tileRows}};
                const int tile_rows = min({{tileRows}}, (source_rows + 63) / 64 * 64 - tile * {{tileRows}});
                const int position = row % 16 * 4 + row % 64 / 16;
                """);
            if (whole)
            {
                writer.Line($"const unsigned char* codes = source + ((long long)tile * {tileRows} * source_runs + (long long)run * tile_rows);");
                writer.Line($"return codes[row % {tileRows} / 64 * 64 + position];");
            }
            else
            {
                writer.Line($"const unsigned char* codes = source + ((long long)tile * {tileRows} * source_runs + (long long)run * tile_rows) / 2;");
                writer.Line($"return codes[row % {tileRows} / 64 * 32 + position % 32] >> (position / 32 * 4) & 15u;");
            }
        }
    }
}
