using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>Writes what all planar decoders of a format share: what a lane loads of a part, from where, and how codes become bytes.</summary>
internal static class PlanarOperandEmitter
{
    /// <summary>Writes <c>PartCodes</c>, <c>Streams</c>, <c>unpack</c> and <c>row_scale</c>.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="geometry">The decoder's geometry.</param>
    public static void Emit(SourceWriter writer, PlanarGeometry geometry)
    {
        Operands(writer, geometry);
        writer.Line();
        StoredScalar.RowScale(writer, geometry.RowScale, geometry.RowScale is { } scale ? geometry.StreamOf(scale.Stream) : 0);
    }

    /// <summary>Writes the same without the scale of rows.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="geometry">The decoder's geometry.</param>
    public static void Operands(SourceWriter writer, PlanarGeometry geometry)
    {
        PartCodes(writer, geometry);
        writer.Line();
        Streams(writer, geometry);
        writer.Line();
        Unpack(writer, geometry);
    }

    private static void PartCodes(SourceWriter writer, PlanarGeometry geometry)
    {
        writer.Line($"// What lane 4g + q loads of {geometry.PartSteps} steps of 32 inputs: its codes of rows g and g + 8, and what the groups of both rows share.");
        using (writer.Block("struct PartCodes", "};"))
        {
            foreach (CodePlane plane in geometry.Planes) writer.Line($"u32 {Name(plane)}[{geometry.PartWords(plane)}];");
            if (geometry.GroupScale is { } scale) writer.Line($"{StoredScalar.Pair(scale.Type)} scales[{geometry.PartRuns}];");
            if (geometry is { GroupOffset: { } offset, BlockScales: null }) writer.Line($"{StoredScalar.Pair(offset.Type)} offsets[{geometry.PartRuns}];");
            if (geometry.BlockScales is not null) writer.Line($"{BlockDecoderEmitter.Scales(geometry)} scales;");
            if (geometry.GroupZero is not null) writer.Line($"u16 zeros[{geometry.PartRuns}];");
        }

        string bytes = string.Join(" + ", geometry.Planes.Select(static plane => $"sizeof(PartCodes::{Name(plane)})"));
        writer.Line();
        writer.Line($"static_assert(({bytes}) * warp_lanes * {geometry.JobParts} * 8 == job_rows * job_columns * {geometry.Bits}, \"parts have the bits of a job\");");
    }

    private static void Streams(SourceWriter writer, PlanarGeometry geometry)
    {
        writer.Line("// A lane's loads; parts count along K. Addresses are made from the kernel's parameters each time, which costs less than registers that hold them.");
        using (writer.Block("struct Streams", "};"))
        {
            writer.Line("const Matrix& matrix;");
            writer.Line("int padded_columns;");
            writer.Line();
            writer.Line("DEVICE Streams(const Matrix& matrix, int padded_columns) : matrix(matrix), padded_columns(padded_columns) {}");
            writer.Line();
            using (writer.Block("DEVICE PartCodes load(int tile, int part, bool wanted = true) const")) Load(writer, geometry);
        }
    }

    private static void Load(SourceWriter writer, PlanarGeometry geometry)
    {
        writer.Line("PartCodes loaded;");
        writer.Line("const u8* codes = matrix.streams[0] + lane_index() * 16;");
        writer.Line("const int jobs = padded_columns / job_columns;");
        if (geometry.Planes.Count == 1)
        {
            // Parts of one plane lie one after the other over all jobs of a row.
            int partBytes = geometry.JobBytes / geometry.JobParts;
            writer.Line($"load_chunks(loaded.{Name(geometry.Planes[0])}, codes + piece_offset(tile * jobs * {geometry.JobParts} + part, {partBytes}), wanted);");
        }
        else
        {
            Planes(writer, geometry);
        }

        if (geometry.GroupScale is { } scale)
        {
            writer.Line($"const int groups = ceil_divide(padded_columns, {scale.GroupSize});");
            writer.Line("#pragma unroll");
            using (writer.Block($"for (int run = 0; run < {geometry.PartRuns}; run++)"))
            {
                writer.Line($"const u32 group = tile * groups + {geometry.GroupOf("run")};");
                foreach ((string name, string stream, int bytes) in Groups(geometry))
                {
                    string address = $"matrix.streams[{geometry.StreamOf(stream)}] + piece_offset(group, {geometry.UnitBytes(stream)}) + lane_index() / 4 * {2 * bytes}";
                    writer.Line($"loaded.{name}[run] = {StoredScalar.LoadPair(bytes, address + ", wanted")};");
                }
            }
        }

        if (geometry.BlockScales is not null)
        {
            int inputs = geometry.PartSteps * 32;
            writer.Line($"const u32 part_index = tile * (padded_columns / {inputs}) + part;");
            writer.Line($"loaded.scales.load(matrix, part_index, {(inputs == 256 ? "part_index" : $"part_index / (block_columns / {inputs})")}, wanted);");
        }

        writer.Line("return loaded;");
    }

    private static void Planes(SourceWriter writer, PlanarGeometry geometry)
    {
        writer.Line($"const u8* job = codes + piece_offset(tile * jobs + part / {geometry.JobParts}, {geometry.JobBytes});");
        foreach (CodePlane plane in geometry.Planes)
        {
            string first = plane.Shift == 0 ? "" : $"{PlanarGeometry.PlaneOffset(plane)} + ";
            writer.Line($"load_chunks(loaded.{Name(plane)}, job + {first}part % {geometry.JobParts} * {geometry.PartWords(plane) * 32 * sizeof(uint)}, wanted);");
        }
    }

    private static void Unpack(SourceWriter writer, PlanarGeometry geometry)
    {
        writer.Line($"""
            // The {(geometry.Integers is null ? "codes" : "values of the codes")} of a step of the part, a byte each, in the order of mma's registers: rows g and g + 8 of the lane's first four inputs, then
            // of its last four.
            """);
        using (writer.Block("DEVICE void unpack(const PartCodes& part, int step, u32 (&registers)[4])"))
        {
            writer.Line("#pragma unroll");
            using (writer.Block("for (int i = 0; i < 4; i++)"))
            {
                writer.Line("const int piece = step * 4 + i % 2 * 2 + i / 2;  // step, row half, four inputs");
                string codes = string.Join(" | ", geometry.Planes.Select(Field));
                writer.Line($"registers[i] = {(geometry.Integers is null ? codes : $"look_up_bytes(pack_nibbles({codes}), {Words(geometry.Integers)})")};");
            }
        }
    }

    private static string Field(CodePlane plane)
    {
        if (plane.Bits == 8) return $"part.{Name(plane)}[piece]";
        string field = $"part.{Name(plane)}[piece / {plane.FieldsPerByte}] >> piece % {plane.FieldsPerByte} * {plane.Bits} & 0x{plane.Mask * 0x01010101:x8}u";
        return plane.Shift == 0 ? $"({field})" : $"({field}) << {plane.Shift}";
    }

    // What groups share: the name in the text, the stream, and the bytes of one row's.
    private static IEnumerable<(string Name, string Stream, int Bytes)> Groups(PlanarGeometry geometry)
    {
        if (geometry.GroupScale is { } scale) yield return ("scales", scale.Stream, StoredScalar.Bytes(scale.Type));
        if (geometry.GroupOffset is { } offset) yield return ("offsets", offset.Stream, StoredScalar.Bytes(offset.Type));
        if (geometry.GroupZero is { } zero) yield return ("zeros", zero.Stream, 1);
    }

    // A table of up to eight bytes is two words, one of sixteen is four.
    private static string Words(LookupIntegers table)
    {
        IEnumerable<uint> words = Enumerable.Range(0, System.Math.Max(8, table.Values.Count) / 4).Select(word =>
            Enumerable.Range(0, 4).Aggregate(0u, (bytes, i) => bytes | ((uint)(byte)table.Values.ElementAtOrDefault((4 * word) + i) << (8 * i))));
        return string.Join(", ", words.Select(static word => $"0x{word:x8}u"));
    }

    private static string Name(CodePlane plane) => $"bits_{plane.Shift}";
}
