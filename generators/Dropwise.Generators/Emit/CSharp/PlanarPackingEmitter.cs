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
        PlanarCodeText.CodeAt(writer, packing.Planes, packing.TwosComplement);
        if (packing.ZeroPlanes.Count == 0) return;
        writer.Line();
        ZeroAt(writer, packing);
    }

    private static void Pack(SourceWriter writer, KernelPlan plan, PlanarPacking packing)
    {
        using (writer.Block("private static unsafe void Pack(CanonicalMatrix source, ReadOnlySpan<nint> streams)"))
        {
            Prelude(writer, plan, "source");
            using (writer.Block("for (int row = 0; row < rows; row++)"))
            {
                PlanarCodeText.Lane(writer, packing.Planes);
                using (writer.Block("for (int column = 0; column < columns; column++)"))
                {
                    writer.Line($"int code = source.Codes[0][((long)row * columns) + column]{(packing.TwosComplement ? " ^ 0x80" : "")};");
                    PlanarCodeText.Store(writer, packing.Planes);
                }

                GroupLoop(writer, plan, () =>
                {
                    writer.Line($"scales[(group * {Rows}) + (row % {Rows})] = {StoredScalar.Encode(plan.Format.GroupScale, "source.GroupScales[index]")};");
                    if (plan.Format.Zero == ZeroPoint.Rescale)
                        writer.Line($"zeros[(group * {Rows}) + (row % {Rows})] = {StoredScalar.Encode(plan.Format.GroupScale, "source.GroupZeros[index]")};");
                    if (packing.ZeroPlanes.Count == 0) return;
                    writer.Line("int zero = (int)source.GroupZeros[index];");
                    foreach ((CodePlane plane, int first) in PlanarCodeText.Placed(packing.ZeroPlanes))
                    {
                        int bytes = Rows * plane.Bits / 8;
                        string at = $"zeros[(group * {Rows * plan.Format.CodeBits / 8}) + {Offset(first, 8)}(row % {bytes})]";
                        writer.Line($"{at} |= (byte)({PlanarCodeText.Field("zero", plane)} << (row % {Rows} / {bytes}{PlanarCodeText.Times(plane.Bits)}));");
                    }
                });
                if (plan.Format.OutputScale is { } type) writer.Line($"rowScales[row] = {StoredScalar.Encode(type, "source.RowScales[row]")};");
            }
        }
    }

    private static void Unpack(SourceWriter writer, KernelPlan plan, PlanarPacking packing)
    {
        using (writer.Block("private static unsafe void Unpack(ReadOnlySpan<nint> streams, CanonicalMatrix destination)"))
        {
            Prelude(writer, plan, "destination");
            using (writer.Block("for (int row = 0; row < rows; row++)"))
            {
                using (writer.Block("for (int column = 0; column < columns; column++)"))
                {
                    string code = $"{PlanarCodeText.Load(packing.Planes)}{(packing.TwosComplement ? " + 128" : "")}";
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

    private static void ZeroAt(SourceWriter writer, PlanarPacking packing)
    {
        writer.Line("""
            // The zero point of one row: a plane of p bits keeps row r in field r / 8p of byte r % 8p.
            // zeros: the group's first byte; row: 0 to 63 of the tile.
            """);
        string[] fields = [.. PlanarCodeText.Placed(packing.ZeroPlanes).Select(static placed =>
        {
            int bytes = Rows * placed.Plane.Bits / 8;
            string stored = $"zeros[{Offset(placed.Vector, 8)}(row % {bytes})]";
            return PlanarCodeText.Placement(bytes == Rows ? stored : $"({stored} >> (row / {bytes}{PlanarCodeText.Times(placed.Plane.Bits)}))", placed.Plane);
        })];
        writer.Line($"private static unsafe int ZeroAt(byte* zeros, int row) => {PlanarCodeText.Joined(fields)};");
    }

    private static string Offset(int vectors, int bytes) => vectors == 0 ? "" : $"{vectors * bytes} + ";
}
