using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Where planar codes lie, as text: packers store and load one code at a time, and scalar kernels read it.</summary>
internal static class PlanarCodeText
{
    private const int Rows = PlanarPacking.TileRows;
    private const int Inputs = PlanarPacking.BlockInputs;

    /// <summary>Declares <c>lane</c>, the first byte of a row's codes; <c>codes</c>, <c>row</c> and <c>blocks</c> are in scope.</summary>
    /// <param name="writer">Receives the line.</param>
    /// <param name="planes">The bit planes of a code.</param>
    public static void Lane(SourceWriter writer, EquatableArray<CodePlane> planes) => writer.Line(
        $"byte* lane = codes + ((long)(row / {Rows}) * blocks * {BlockBytes(planes)}) + (row % {Rows} / 16 * {BlockBytes(planes) / 4}) + (row % 16 * 4);");

    /// <summary>Stores <c>code</c> at <c>column</c> of <c>lane</c>, whose bytes are zero before.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="planes">The bit planes of a code.</param>
    public static void Store(SourceWriter writer, EquatableArray<CodePlane> planes)
    {
        writer.Line($"int slot = column % {Inputs} / 4;");
        writer.Line($"byte* at = lane + ((long)(column / {Inputs}) * {BlockBytes(planes)}) + (column % 4);");
        foreach ((CodePlane plane, int vector) in Placed(planes))
        {
            writer.Line(plane.Bits == 8
                ? "at[slot * 64] = (byte)code;"
                : $"at[{VectorOf(plane, vector)}] |= (byte)({Field("code", plane)} << ({FieldOf(plane)}));");
        }
    }

    /// <summary>The stored code at <c>row</c> and <c>column</c> as an expression; <c>codes</c> and <c>blocks</c> are in scope.</summary>
    /// <param name="planes">The bit planes of a code.</param>
    public static string Load(EquatableArray<CodePlane> planes) =>
        $"CodeAt(codes + ((((long)(row / {Rows}) * blocks) + (column / {Inputs})) * {BlockBytes(planes)}), row % {Rows}, column % {Inputs})";

    /// <summary>Writes the method that reads one code.</summary>
    /// <param name="writer">Receives the method.</param>
    /// <param name="planes">The bit planes of a code.</param>
    /// <param name="twosComplement">Whether the stored field is signed.</param>
    public static void CodeAt(SourceWriter writer, EquatableArray<CodePlane> planes, bool twosComplement)
    {
        writer.Line("""
            // The stored code of one weight.
            // block: the block's first byte; row: 0 to 63 of the tile; input: 0 to 31 of the block.
            """);
        using (writer.Block("private static unsafe int CodeAt(byte* block, int row, int input)"))
        {
            writer.Line("int slot = input / 4;");
            writer.Line($"byte* at = block + (row / 16 * {BlockBytes(planes) / 4}) + (row % 16 * 4) + (input % 4);");
            string[] fields = [.. Placed(planes).Select(placed => placed.Plane.Bits == 8
                ? twosComplement ? "(sbyte)at[slot * 64]" : "at[slot * 64]"
                : Placement($"(at[{VectorOf(placed.Plane, placed.Vector)}] >> ({FieldOf(placed.Plane)}))", placed.Plane))];
            writer.Line($"return {Joined(fields)};");
        }
    }

    /// <summary>Each plane with the number of vectors before it: the sum of the bits of the planes before.</summary>
    /// <param name="planes">The bit planes of a code.</param>
    public static IEnumerable<(CodePlane Plane, int Vector)> Placed(EquatableArray<CodePlane> planes) => planes.Select(static p => (p, p.Shift));

    /// <summary>A plane's bits of a code, at the bottom.</summary>
    /// <param name="code">An expression of type int.</param>
    /// <param name="plane">The plane.</param>
    public static string Field(string code, CodePlane plane) =>
        plane.Shift == 0 ? $"({code} & 0x{plane.Mask:X})" : $"(({code} >> {plane.Shift}) & 0x{plane.Mask:X})";

    /// <summary>A field, masked and moved to its place in the code.</summary>
    /// <param name="field">An expression with the field at the bottom.</param>
    /// <param name="plane">The plane.</param>
    public static string Placement(string field, CodePlane plane) =>
        plane.Shift == 0 ? $"{field} & 0x{plane.Mask:X}" : $"({field} & 0x{plane.Mask:X}) << {plane.Shift}";

    /// <summary>Fields of one code, each in parentheses where there are several.</summary>
    /// <param name="fields">The fields.</param>
    public static string Joined(string[] fields) => fields.Length == 1 ? fields[0] : string.Join(" | ", fields.Select(static f => $"({f})"));

    /// <summary><c> * n</c>, or nothing for one.</summary>
    /// <param name="factor">The factor.</param>
    public static string Times(int factor) => factor == 1 ? "" : $" * {factor}";

    private static int BlockBytes(EquatableArray<CodePlane> planes) => PlanarPacking.Quarters * PlanarPacking.VectorBytes * planes.Sum(static p => p.Bits);

    /// <summary>The vector of a sub-vector <c>slot</c>, in bytes from the quarter's first; a plane of one bit has a single vector.</summary>
    private static string VectorOf(CodePlane plane, int vector)
    {
        int first = vector * PlanarPacking.VectorBytes;
        if (plane.Bits == 1) return Literals.Of(first);
        string offset = $"slot / {plane.FieldsPerByte} * {PlanarPacking.VectorBytes}";
        return first == 0 ? offset : $"{first} + ({offset})";
    }

    private static string FieldOf(CodePlane plane) => $"slot % {plane.FieldsPerByte}{Times(plane.Bits)}";
}
