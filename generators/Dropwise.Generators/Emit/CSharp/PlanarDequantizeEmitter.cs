using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes the planar dequantization: a lane is a row, so a panel's rows are stored as they are computed.</summary>
internal static class PlanarDequantizeEmitter
{
    /// <summary>Writes the kernel.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="PlanarDequantize"/>.</param>
    /// <param name="dialect">The instruction set.</param>
    public static void Emit(SourceWriter writer, KernelDefinition kernel, VectorDialect dialect)
    {
        var geometry = new PlanarGeometry(kernel);
        var text = new PlanarVectorText(geometry, dialect);
        using (KernelMethod.Open(writer, kernel, "Values of 64 rows as a panel [inputs, 64] of float32; inputs come in whole blocks of 32."))
        {
            writer.Line("byte* block = tile->Codes[0];");
            writer.Line("float* panel = tile->Output;");
            text.GroupPointers(writer);
            PlanarLookupText.DequantizeTable(writer, geometry, dialect);
            text.RowScales(writer);
            bool grouped = geometry.BlocksPerGroup > 1;
            if (grouped)
            {
                writer.Line();
                writer.Line("// The span may begin inside a group.");
                writer.Line($"int inGroup = tile->FirstInput / 32 % {geometry.BlocksPerGroup};");
            }

            using (writer.Block("for (int remaining = tile->Inputs / 32; remaining > 0; remaining--)"))
            {
                for (int i = 0; i < text.LaneGroups; i++) LaneGroup(writer, geometry, dialect, text, i);
                writer.Line($"block += {geometry.BlockBytes};");
                writer.Line("panel += 32 * 64;");
                if (grouped)
                {
                    writer.Line($"if (++inGroup != {geometry.BlocksPerGroup}) continue;");
                    writer.Line("inGroup = 0;");
                }

                text.NextGroup(writer);
            }
        }

        writer.Line();
        Block(writer, geometry, dialect, text);
        PlanarLookupText.Helper(writer, geometry, dialect);
    }

    private static void LaneGroup(SourceWriter writer, PlanarGeometry geometry, VectorDialect dialect, PlanarVectorText text, int i)
    {
        string offset = text.Offset(i) is { } value ? $", {value}" : "";
        string tables = PlanarLookupText.DequantizeArguments(geometry, dialect);
        string codes = $"block{PlanarVectorText.Plus(text.CodeOffset(i))}";
        string panel = $"panel{PlanarVectorText.Plus(i * dialect.Lanes)}";
        writer.Line($"DequantizeBlock{dialect.Bits}({codes}, {text.Scale(i)}{offset}{tables}, {panel});");
    }

    private static void Block(SourceWriter writer, PlanarGeometry geometry, VectorDialect dialect, PlanarVectorText text)
    {
        string floats = dialect.Of("float");
        writer.Line($"// {dialect.Lanes} rows × 32 inputs; every input's value is one shift, one mask and one multiply-add away.");
        writer.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
        string offset = geometry.HasOffset ? $", {floats} offset" : "";
        string tables = PlanarLookupText.DequantizeParameters(geometry, dialect);
        string parameters = $"byte* codes, {floats} scale{offset}{tables}, float* panel";
        using (writer.Block($"private static unsafe void DequantizeBlock{dialect.Bits}({parameters})"))
        {
            text.LoadVectors(writer);
            for (int input = 0; input < PlanarPacking.BlockInputs; input++)
            {
                string codes = text.DwordCodes(input);
                string value = geometry.Table is null ? $"{dialect.Vector}.ConvertToSingle({codes})" : PlanarLookupText.Dequantize(geometry, dialect, codes);
                string scaled = geometry.HasOffset ? $"{dialect.Vector}.FusedMultiplyAdd({value}, scale, offset)" : $"({value} * scale)";
                writer.Line($"{scaled}.Store(panel{PlanarVectorText.Plus(input * PlanarPacking.TileRows)});");
            }
        }
    }
}
