using System.Linq;
using Dropwise.Generators.Emit.Text;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>Writes what all additive decoders of a format share: what a lane loads of a part, from where, and the scale of a row.</summary>
internal static class CodewordOperandEmitter
{
    /// <summary>Writes <c>PartCodes</c>, <c>load_part</c>, <c>code_at</c> and <c>row_scale</c>.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="geometry">The decoder's geometry.</param>
    public static void Emit(SourceWriter writer, CodewordGeometry geometry)
    {
        writer.Line($"// What lane 4g + q loads of {geometry.PartSteps} steps of 32 inputs: its codes of rows g and g + 8, a plane a codebook.");
        using (writer.Block("struct PartCodes", "};"))
            writer.Line($"u32 codes[{geometry.Codebooks}][{geometry.PartWords}];");
        writer.Line();
        Load(writer, geometry);
        writer.Line();
        Code(writer, geometry);
        writer.Line();
        StoredScalar.RowScale(writer, geometry.RowScale, geometry.RowScale is { } scale ? geometry.StreamOf(scale.Stream) : 0);
    }

    private static void Load(SourceWriter writer, CodewordGeometry geometry)
    {
        writer.Line("// Parts count along K.");
        using (writer.Block("DEVICE PartCodes load_part(const Matrix& matrix, int padded_columns, int tile, int part)"))
        {
            int chunkBytes = geometry.LaneBytes * 32;
            string place = geometry.ChunkParts == 1
                ? $"part % {geometry.JobParts} * {chunkBytes}"
                : $"part % {geometry.JobParts} / {geometry.ChunkParts} * {chunkBytes} + part % {geometry.ChunkParts} * {geometry.PartWords * sizeof(uint)}";
            writer.Line($"const i64 job = static_cast<i64>(tile) * (padded_columns / job_columns) + part / {geometry.JobParts};");
            writer.Line($"const i64 at = job * {geometry.JobBytes} + {place} + lane_index() * {geometry.LaneBytes};");
            writer.Line("PartCodes loaded;");
            foreach ((int stream, int codebook) in geometry.Streams.Select(static (stream, codebook) => (stream, codebook)))
                writer.Line($"load_words(loaded.codes[{codebook}], matrix.streams[{stream}] + at);");
            writer.Line("return loaded;");
        }
    }

    // Where a codeword spans two lanes, the code may be the neighbour's: even lanes keep those of even steps.
    private static void Code(SourceWriter writer, CodewordGeometry geometry)
    {
        int runs = 8 / geometry.EntryInputs;
        bool shared = geometry.Dimension > 8;
        writer.Line(runs == 1
            ? "// The code of row g (half 0) or g + 8 at a step of the part."
            : "// The code of row g (half 0) or g + 8 at a step of the part, for the first or the last four inputs.");
        using (writer.Block($"DEVICE u32 code_at(const u32 (&codes)[{geometry.PartWords}], int step, int half{(runs == 1 ? "" : ", int run")})"))
        {
            writer.Line($"const int field = {(runs == 1 ? shared ? "step / 2 * 2 + half" : "step * 2 + half" : "(step * 2 + half) * 2 + run")};");
            writer.Line(shared
                ? $"const u32 word = __shfl_sync(all_lanes, codes[field / {geometry.WordCodes}], (lane_index() & ~1) | (step & 1));"
                : $"const u32 word = codes[field / {geometry.WordCodes}];");
            writer.Line(geometry.CodeBits == 8
                ? "return pick_bytes(word, 0, 0x4440 | field % 4);"
                : $"return word >> field % {geometry.WordCodes} * {geometry.CodeBits} & {geometry.Codewords - 1};");
        }
    }
}
