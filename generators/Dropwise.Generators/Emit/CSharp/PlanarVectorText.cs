using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>
/// The expressions that vector kernels of the planar layout share. A lane group is a register's worth of rows: four of 16 rows with
/// AVX-512, eight of 8 rows with AVX2.
/// </summary>
internal sealed class PlanarVectorText(PlanarGeometry geometry, VectorDialect dialect)
{
    /// <summary>Lane groups of a tile.</summary>
    public int LaneGroups => PlanarPacking.TileRows / dialect.Lanes;

    /// <summary>The byte offset of a lane group inside a block.</summary>
    /// <param name="group">The lane group.</param>
    public int CodeOffset(int group)
    {
        int row = group * dialect.Lanes;
        return (row / PlanarPacking.QuarterRows * geometry.QuarterBytes) + (row % PlanarPacking.QuarterRows * 4);
    }

    /// <summary>Declares the registers <c>v0</c>… with the vectors of a lane group.</summary>
    /// <param name="writer">Receives the lines.</param>
    public void LoadVectors(SourceWriter writer)
    {
        for (int i = 0; i < geometry.Bits; i++)
            writer.Line($"{dialect.Of("byte")} v{i} = {dialect.Vector}.Load(codes{Plus(i * PlanarPacking.VectorBytes)});");
    }

    /// <summary>Declares one mask a plane, named by its bits, for fields in bytes.</summary>
    /// <param name="writer">Receives the lines.</param>
    public void ByteMasks(SourceWriter writer)
    {
        foreach (CodePlane plane in geometry.Planes)
        {
            if (plane.Bits == 8) continue;
            writer.Line($"{dialect.Of("byte")} mask{plane.Bits} = {dialect.Vector}.Create((byte)0x{plane.Mask << plane.Shift:X2});");
        }
    }

    /// <summary>The codes of a sub-vector as bytes, 4 inputs × the rows of the lane group; needs <see cref="ByteMasks"/>.</summary>
    /// <param name="subVector">0 to 7.</param>
    public string ByteCodes(int subVector) => Join(geometry.Fields(subVector).Select(static field =>
    {
        string vector = $"v{field.Vector}";
        if (field.Plane.Bits == 8) return vector;
        string shifted = field.RightShift == 0 ? vector : $"({vector}.AsUInt16(){Shift(field.RightShift)}).AsByte()";
        return $"{shifted} & mask{field.Plane.Bits}";
    }));

    /// <summary>The codes of one input as 32-bit integers, a lane a row.</summary>
    /// <param name="input">0 to 31.</param>
    public string DwordCodes(int input)
    {
        int position = input % 4 * 8;
        IEnumerable<string> fields = geometry.Fields(input / 4).Select(field =>
        {
            string vector = $"v{field.Vector}.AsInt32()";
            if (geometry.TwosComplement) return position == 24 ? $"{vector} >> 24" : $"{vector} << {24 - position} >> 24";
            int shift = position + field.RightShift;
            string shifted = shift == 0 ? vector : $"({vector}{Shift(shift, ">>>")})";
            return $"{shifted} & {dialect.Vector}.Create(0x{field.Mask:X})";
        });
        return Join(fields);
    }

    /// <summary>The group scales of a lane group, from the pointer <c>scales</c>.</summary>
    /// <param name="group">The lane group.</param>
    public string Scales(int group) => StoredScalar.Load(geometry.GroupScale!.Type, $"scales{Plus(group * dialect.Lanes)}", dialect);

    /// <summary>The group offsets of a lane group, from the pointer <c>offsets</c>.</summary>
    /// <param name="group">The lane group.</param>
    public string Offsets(int group) => StoredScalar.Load(geometry.GroupOffset!.Type, $"offsets{Plus(group * dialect.Lanes)}", dialect);

    /// <summary>The integer zero points of a lane group as float32, from the pointer <c>zeros</c>.</summary>
    /// <param name="group">The lane group.</param>
    public string Zeros(int group)
    {
        int row = group * dialect.Lanes;
        IEnumerable<string> fields = geometry.GroupZero!.Planes.Select(plane =>
        {
            int bytes = PlanarPacking.TileRows * plane.Bits / 8;
            string at = "zeros" + Plus((plane.Shift * 8) + (row % bytes));
            int position = row / bytes * plane.Bits;
            string lanes = bytes < dialect.Lanes ? SplitLanes(at, position, plane.Bits)
                : position == 0 ? dialect.WidenBytes(at)
                : $"({dialect.WidenBytes(at)}{Shift(position, ">>>")})";
            string field = $"{lanes} & {dialect.Vector}.Create(0x{plane.Mask:X})";
            return plane.Shift == 0 ? field : $"({field}) << {plane.Shift}";
        });
        return $"{dialect.Vector}.ConvertToSingle({Join(fields)})";
    }

    /// <summary>Declares the row scales of the tile as <c>rowScale0</c>…; nothing where the format has none.</summary>
    /// <param name="writer">Receives the lines.</param>
    public void RowScales(SourceWriter writer)
    {
        if (geometry.RowScale is not { } scale) return;
        for (int i = 0; i < LaneGroups; i++) writer.Line($"{dialect.Of("float")} rowScale{i} = {RowScale(scale.Type, i)};");
    }

    /// <summary>The row scales of a lane group.</summary>
    /// <param name="type">Their stored type.</param>
    /// <param name="group">The lane group.</param>
    public string RowScale(ScalarType type, int group) => StoredScalar.Load(
        type, $"({StoredScalar.Element(type)}*)tile->RowScales{Plus(group * dialect.Lanes)}", dialect);

    /// <summary>The factor from code to weight of a lane group: the group's scale, times the row's.</summary>
    /// <param name="group">The lane group.</param>
    public string Scale(int group)
    {
        string scale = geometry.GroupScale is null ? $"{dialect.Of("float")}.One" : Scales(group);
        return geometry.RowScale is null ? scale : $"{scale} * rowScale{group}";
    }

    /// <summary>What a weight of code 0 is, or null where that is 0.</summary>
    /// <param name="group">The lane group.</param>
    public string? Offset(int group)
    {
        if (!geometry.HasOffset) return null;
        if (geometry.GroupOffset is null) return $"{Scale(group)} * {(geometry.GroupZero is null ? $"-{geometry.ConstantZero}f" : $"-{Zeros(group)}")}";
        string offset = Offsets(group);
        return geometry.RowScale is null ? offset : $"{offset} * rowScale{group}";
    }

    /// <summary>Declares the pointers to scales, zeros and offsets that the semantics read.</summary>
    /// <param name="writer">Receives the lines.</param>
    public void GroupPointers(SourceWriter writer)
    {
        static string Declare(string name, string element, string source) => $"{element}* {name} = ({element}*)tile->{source};";
        if (geometry.GroupScale is { } scale) writer.Line(Declare("scales", StoredScalar.Element(scale.Type), "Scales"));
        if (geometry.GroupZero is not null) writer.Line("byte* zeros = tile->Zeros;");
        if (geometry.GroupOffset is { } offset) writer.Line(Declare("offsets", StoredScalar.Element(offset.Type), "Zeros"));
    }

    /// <summary>Moves the pointers of <see cref="GroupPointers"/> to the next group.</summary>
    /// <param name="writer">Receives the lines.</param>
    public void NextGroup(SourceWriter writer)
    {
        if (geometry.GroupScale is not null) writer.Line($"scales += {PlanarPacking.TileRows};");
        if (geometry.GroupZero is not null) writer.Line($"zeros += {geometry.ZeroBytes};");
        if (geometry.GroupOffset is not null) writer.Line($"offsets += {PlanarPacking.TileRows};");
    }

    /// <summary><c> + n</c>, or nothing for zero.</summary>
    /// <param name="value">Not negative.</param>
    public static string Plus(int value) => value == 0 ? "" : $" + {value}";

    // Sixteen lanes over eight bytes: the upper half reads the same bytes one field further.
    private static string SplitLanes(string address, int position, int bits)
    {
        string bytes = VectorDialect.Avx2.WidenBytes(address);
        return $"Vector512.Create({bytes}{Shift(position, ">>>")}, {bytes}{Shift(position + bits, ">>>")})";
    }

    /// <summary>Joins fields of one code, each in parentheses where there are several.</summary>
    private static string Join(IEnumerable<string> fields)
    {
        string[] terms = [.. fields];
        return terms.Length == 1 ? terms[0] : string.Join(" | ", terms.Select(static term => $"({term})"));
    }

    private static string Shift(int right, string operation = ">>") => right switch
    {
        0 => "",
        > 0 => $" {operation} {right}",
        _ => $" << {-right}",
    };
}
