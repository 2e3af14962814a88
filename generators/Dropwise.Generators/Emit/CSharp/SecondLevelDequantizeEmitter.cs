using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes the dequantization of codes with a second level: a lane is a row, and outliers replace what was written.</summary>
internal static class SecondLevelDequantizeEmitter
{
    /// <summary>Writes the kernel.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="SecondLevelDequantize"/>.</param>
    /// <param name="dialect">The instruction set.</param>
    public static void Emit(SourceWriter writer, KernelDefinition kernel, VectorDialect dialect)
    {
        var schedule = (SecondLevelDequantize)kernel.Schedule;
        var text = new SecondLevelText(kernel, dialect);
        var geometry = new PlanarGeometry(kernel);
        using (KernelMethod.Open(writer, kernel, "Values of 64 rows as a panel [inputs, 64] of float32; inputs come in whole blocks of 32.", scratch: true))
        {
            SecondLevelText.Scratch(writer);
            writer.Line("byte* codes = tile->Codes[0];");
            writer.Line("byte* words = tile->Scales;");
            writer.Line("ushort* statistics = (ushort*)tile->Statistics;");
            writer.Line("float* panel = tile->Output;");
            using (writer.Block($"for (int remaining = tile->Inputs / {PlanarPacking.BlockInputs}; remaining > 0; remaining--)"))
            {
                text.LoadGroups(writer);
                for (int i = 0; i < text.Planar.LaneGroups; i++)
                    writer.Line($"DequantizeGroups{dialect.Bits}({text.Codes(i)}, {text.GroupArguments(i)}, panel{PlanarVectorText.Plus(i * dialect.Lanes)});");
                writer.Line($"codes += {geometry.BlockBytes};");
                text.NextBlock(writer);
                writer.Line($"panel += {PlanarPacking.BlockInputs} * {PlanarPacking.TileRows};");
            }

            if (schedule.Outliers) writer.Line("OutlierPanels.Replace(tile);");
        }

        writer.Line();
        writer.Line($"// {dialect.Lanes} rows × 2 groups of 16 inputs.");
        writer.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
        using (writer.Block($"private static unsafe void DequantizeGroups{dialect.Bits}(byte* codes, {text.GroupParameters}, float* panel)"))
        {
            text.Planar.LoadVectors(writer);
            text.Decode(writer);
            for (int input = 0; input < PlanarPacking.BlockInputs; input++)
            {
                int group = input / SecondLevelPacking.GroupInputs;
                string value = $"{dialect.Vector}.ConvertToSingle({text.Planar.DwordCodes(input)})";
                writer.Line($"(({value} - zero{group}) * scale{group}).Store(panel{PlanarVectorText.Plus(input * PlanarPacking.TileRows)});");
            }
        }
    }
}
