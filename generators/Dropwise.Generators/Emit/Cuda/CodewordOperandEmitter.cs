using Dropwise.Generators.Emit.Text;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>Writes what all additive decoders of a format share: where a lane's codes lie, how one is read, and the scale of a row.</summary>
internal static class CodewordOperandEmitter
{
    /// <summary>Writes <c>load_codes</c>, <c>code_at</c> and <c>row_scale</c>.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="geometry">The decoder's geometry.</param>
    public static void Emit(SourceWriter writer, CodewordGeometry geometry)
    {
        writer.Line($$"""
            // A lane's codes of one codebook and job, from a word on: lane 4g + q has rows g and g + 8 at inputs 8q to 8q + 7 of each step of 32.
            template <int Words>
            DEVICE void load_codes(u32 (&words)[Words], const u8* stream, u32 job, int first, bool wanted = true)
            {
                load_lane_words<{{geometry.ChunkWords}}>(words, stream + piece_offset(job, {{geometry.JobBytes}}), first, wanted);
            }

            """);
        Code(writer, geometry);
        writer.Line();
        StoredScalar.RowScale(writer, geometry.RowScale, geometry.RowScale is { } scale ? geometry.StreamOf(scale.Stream) : 0);
    }

    // Where a codeword spans two lanes, the code may be the neighbour's: even lanes keep those of even steps.
    private static void Code(SourceWriter writer, CodewordGeometry geometry)
    {
        int runs = 8 / geometry.EntryInputs;
        bool shared = geometry.Dimension > 8;
        writer.Line(runs == 1
            ? "// The code of row g (half 0) or g + 8 at a step of those that are loaded."
            : "// The code of row g (half 0) or g + 8 at a step of those that are loaded, for the first or the last four inputs.");
        writer.Line("template <int Words>");
        using (writer.Block($"DEVICE u32 code_at(const u32 (&codes)[Words], int step, int half{(runs == 1 ? "" : ", int run")})"))
        {
            writer.Line($"const int field = {(runs == 1 ? shared ? "step / 2 * 2 + half" : "step * 2 + half" : "(step * 2 + half) * 2 + run")};");
            writer.Line(shared
                ? $"const u32 word = __shfl_sync(all_lanes, codes[field / {geometry.WordCodes}], (lane_index() & ~1) | (step & 1));"
                : $"const u32 word = codes[field / {geometry.WordCodes}];");
            writer.Line(geometry.CodeBits == 8
                ? "return pick_bytes(word, 0, 0x4440 | field % 4);"
                : $"return word >> field % {geometry.WordCodes} * {geometry.StoredBits} & {geometry.Codewords - 1};");
        }
    }
}
