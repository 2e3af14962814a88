using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes <c>Pack</c> and <c>Unpack</c> of the planar layout, and the readers of one code and one zero that scalar kernels share.</summary>
internal static class PlanarPackingEmitter
{
    private const int Rows = PlanarPacking.TileRows;
    private const int Inputs = PlanarPacking.BlockInputs;

    /// <summary>Writes the members.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="plan">A plan whose packing is planar.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan)
    {
        var packing = (PlanarPacking)plan.Layout.Packing;
        string fields = string.Join(" and ", packing.Planes.Select(static p => $"{p.FieldsPerByte} sub-vectors ({p.Bits} bits)"));
        writer.Line($"""
            // Codes are u8 [rows / 64, inputs / 32, 4 quarters, {plan.Format.CodeBits} vectors of 64 bytes]: a vector is 16 rows x 4 inputs, and a
            // byte holds the fields of {fields}. Rows and inputs of padding are zero.
            """);
        Pack(writer, plan, packing);
        writer.Line();
        Unpack(writer, plan, packing);
        writer.Line();
        CodeAt(writer, plan, packing);
        if (packing.ZeroPlanes.Count == 0) return;
        writer.Line();
        ZeroAt(writer, packing);
    }

    private static void Pack(SourceWriter writer, KernelPlan plan, PlanarPacking packing)
    {
        int blockBytes = BlockBytes(plan);
        using (writer.Block("private static unsafe void Pack(CanonicalMatrix source, ReadOnlySpan<nint> streams)"))
        {
            Prelude(writer, plan, "source");
            using (writer.Block("for (int row = 0; row < rows; row++)"))
            {
                writer.Line($"byte* lane = codes + ((long)(row / {Rows}) * blocks * {blockBytes}) + (row % {Rows} / 16 * {blockBytes / 4}) + (row % 16 * 4);");
                using (writer.Block("for (int column = 0; column < columns; column++)"))
                {
                    writer.Line($"int code = source.Codes[0][((long)row * columns) + column]{(packing.TwosComplement ? " ^ 0x80" : "")};");
                    writer.Line($"int slot = column % {Inputs} / 4;");
                    writer.Line($"byte* at = lane + ((long)(column / {Inputs}) * {blockBytes}) + (column % 4);");
                    foreach ((CodePlane plane, int vector) in Placed(packing.Planes))
                    {
                        writer.Line(plane.Bits == 8
                            ? "at[slot * 64] = (byte)code;"
                            : $"at[{VectorOf(plane, vector)}] |= (byte)({Field("code", plane)} << ({FieldOf(plane)}));");
                    }
                }

                GroupLoop(writer, plan, () =>
                {
                    writer.Line($"scales[(group * {Rows}) + (row % {Rows})] = {StoredScalar.Encode(plan.Format.GroupScale, "source.GroupScales[index]")};");
                    if (plan.Format.Zero == ZeroPoint.Rescale)
                        writer.Line($"zeros[(group * {Rows}) + (row % {Rows})] = {StoredScalar.Encode(plan.Format.GroupScale, "source.GroupZeros[index]")};");
                    if (packing.ZeroPlanes.Count == 0) return;
                    writer.Line("int zero = (int)source.GroupZeros[index];");
                    foreach ((CodePlane plane, int first) in Placed(packing.ZeroPlanes))
                    {
                        int bytes = Rows * plane.Bits / 8;
                        string at = $"zeros[(group * {Rows * plan.Format.CodeBits / 8}) + {Offset(first, 8)}(row % {bytes})]";
                        writer.Line($"{at} |= (byte)({Field("zero", plane)} << (row % {Rows} / {bytes}{Times(plane.Bits)}));");
                    }
                });
                if (plan.Format.OutputScale is { } type) writer.Line($"rowScales[row] = {StoredScalar.Encode(type, "source.RowScales[row]")};");
            }
        }
    }

    private static void Unpack(SourceWriter writer, KernelPlan plan, PlanarPacking packing)
    {
        int blockBytes = BlockBytes(plan);
        using (writer.Block("private static unsafe void Unpack(ReadOnlySpan<nint> streams, CanonicalMatrix destination)"))
        {
            Prelude(writer, plan, "destination");
            using (writer.Block("for (int row = 0; row < rows; row++)"))
            {
                using (writer.Block("for (int column = 0; column < columns; column++)"))
                {
                    writer.Line($"byte* block = codes + ((((long)(row / {Rows}) * blocks) + (column / {Inputs})) * {blockBytes});");
                    string code = $"CodeAt(block, row % {Rows}, column % {Inputs}){(packing.TwosComplement ? " + 128" : "")}";
                    writer.Line($"destination.Codes[0][((long)row * columns) + column] = (ushort)({code});");
                }

                GroupLoop(writer, plan, () =>
                {
                    const string lane = "(group * 64) + (row % 64)";
                    writer.Line($"destination.GroupScales[index] = {StoredScalar.Load(plan.Format.GroupScale, $"scales + {lane}")};");
                    if (plan.Format.Zero == ZeroPoint.Rescale)
                        writer.Line($"destination.GroupZeros[index] = {StoredScalar.Load(plan.Format.GroupScale, $"zeros + {lane}")};");
                    if (packing.ZeroPlanes.Count != 0)
                        writer.Line($"destination.GroupZeros[index] = ZeroAt(zeros + (group * {Rows * plan.Format.CodeBits / 8}), row % {Rows});");
                });
                if (plan.Format.OutputScale is { } type) writer.Line($"destination.RowScales[row] = {StoredScalar.Load(type, "rowScales + row")};");
            }
        }
    }

    private static void Prelude(SourceWriter writer, KernelPlan plan, string matrix)
    {
        writer.Line($"int rows = {matrix}.Rows;");
        writer.Line($"int columns = {matrix}.Columns;");
        writer.Line($"int blocks = (columns + {Inputs - 1}) / {Inputs};");
        if (plan.Format.GroupSize != 0)
            writer.Line($"int groups = (columns + {plan.Format.GroupSize - 1}) / {plan.Format.GroupSize};");
        for (int i = 0; i < plan.Layout.Streams.Count; i++)
        {
            StreamPlan stream = plan.Layout.Streams[i];
            string element = stream.Type == ScalarType.UInt8 ? "byte" : StoredScalar.Element(stream.Type);
            string name = stream.Name switch { "codes.1" => "codes", "row_scales" => "rowScales", _ => stream.Name };
            writer.Line($"{element}* {name} = ({element}*)streams[{i}];");
        }
    }

    private static void GroupLoop(SourceWriter writer, KernelPlan plan, System.Action body)
    {
        if (plan.Format.GroupSize == 0) return;
        writer.Line();
        using (writer.Block("for (int g = 0; g < groups; g++)"))
        {
            writer.Line("long index = ((long)row * groups) + g;");
            writer.Line($"long group = ((long)(row / {Rows}) * groups) + g;");
            body();
        }
    }

    private static void CodeAt(SourceWriter writer, KernelPlan plan, PlanarPacking packing)
    {
        writer.Line("""
            // The stored code of one weight.
            // block: the block's first byte; row: 0 to 63 of the tile; input: 0 to 31 of the block.
            """);
        using (writer.Block("private static unsafe int CodeAt(byte* block, int row, int input)"))
        {
            writer.Line("int slot = input / 4;");
            writer.Line($"byte* at = block + (row / 16 * {BlockBytes(plan) / 4}) + (row % 16 * 4) + (input % 4);");
            string[] fields = [.. Placed(packing.Planes).Select(placed => placed.Plane.Bits == 8
                ? packing.TwosComplement ? "(sbyte)at[slot * 64]" : "at[slot * 64]"
                : Placement($"(at[{VectorOf(placed.Plane, placed.Vector)}] >> ({FieldOf(placed.Plane)}))", placed.Plane))];
            writer.Line($"return {Joined(fields)};");
        }
    }

    private static void ZeroAt(SourceWriter writer, PlanarPacking packing)
    {
        writer.Line("""
            // The zero point of one row: a plane of p bits keeps row r in field r / 8p of byte r % 8p.
            // zeros: the group's first byte; row: 0 to 63 of the tile.
            """);
        string[] fields = [.. Placed(packing.ZeroPlanes).Select(static placed =>
        {
            int bytes = Rows * placed.Plane.Bits / 8;
            string stored = $"zeros[{Offset(placed.Vector, 8)}(row % {bytes})]";
            return Placement(bytes == Rows ? stored : $"({stored} >> (row / {bytes}{Times(placed.Plane.Bits)}))", placed.Plane);
        })];
        writer.Line($"private static unsafe int ZeroAt(byte* zeros, int row) => {Joined(fields)};");
    }

    private static int BlockBytes(KernelPlan plan) => PlanarPacking.Quarters * plan.Format.CodeBits * PlanarPacking.VectorBytes;

    /// <summary>Each plane with the number of vectors before it: the sum of the bits of the planes before.</summary>
    private static IEnumerable<(CodePlane Plane, int Vector)> Placed(EquatableArray<CodePlane> planes) => planes.Select(static p => (p, p.Shift));

    /// <summary>The vector of a sub-vector <c>slot</c>, in bytes from the quarter's first; a plane of one bit has a single vector.</summary>
    private static string VectorOf(CodePlane plane, int vector)
    {
        int first = vector * PlanarPacking.VectorBytes;
        if (plane.Bits == 1) return Literals.Of(first);
        string offset = $"slot / {plane.FieldsPerByte} * {PlanarPacking.VectorBytes}";
        return first == 0 ? offset : $"{first} + ({offset})";
    }

    private static string FieldOf(CodePlane plane) => $"slot % {plane.FieldsPerByte}{Times(plane.Bits)}";

    private static string Field(string code, CodePlane plane) =>
        plane.Shift == 0 ? $"({code} & 0x{plane.Mask:X})" : $"(({code} >> {plane.Shift}) & 0x{plane.Mask:X})";

    private static string Placement(string field, CodePlane plane) =>
        plane.Shift == 0 ? $"{field} & 0x{plane.Mask:X}" : $"({field} & 0x{plane.Mask:X}) << {plane.Shift}";

    private static string Joined(string[] fields) => fields.Length == 1 ? fields[0] : string.Join(" | ", fields.Select(static f => $"({f})"));

    private static string Offset(int vectors, int bytes) => vectors == 0 ? "" : $"{vectors * bytes} + ";

    private static string Times(int factor) => factor == 1 ? "" : $" * {factor}";
}
