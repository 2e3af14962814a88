using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes the kernels of codes with a second level for the scalar engine: one weight at a time, the same arithmetic as the vector engines.</summary>
internal static class SecondLevelScalarEmitter
{
    private const int Rows = PlanarPacking.TileRows;
    private const int Inputs = PlanarPacking.BlockInputs;
    private const int GroupInputs = SecondLevelPacking.GroupInputs;

    /// <summary>Codes to a panel.</summary>
    /// <param name="writer">Receives the method.</param>
    /// <param name="kernel">The kernel.</param>
    public static void Dequantize(SourceWriter writer, KernelDefinition kernel)
    {
        var schedule = (SecondLevelDequantize)kernel.Schedule;
        using (KernelMethod.Open(writer, kernel, "Values of 64 rows as a panel [inputs, 64] of float32; inputs come in whole blocks of 32."))
        {
            using (writer.Block($"for (int group = 0; group < tile->Inputs / {GroupInputs}; group++)"))
            using (writer.Block($"for (int row = 0; row < {Rows}; row++)"))
            {
                Group(writer, kernel);
                using (writer.Block($"for (int input = 0; input < {GroupInputs}; input++)"))
                    writer.Line($"tile->Output[((long)((group * {GroupInputs}) + input) * {Rows}) + row] = scale * ({Code()} - zero);");
            }

            if (schedule.Outliers) writer.Line("OutlierPanels.Replace(tile);");
        }
    }

    /// <summary>Products with int8 activations, one token.</summary>
    /// <param name="writer">Receives the method.</param>
    /// <param name="kernel">The kernel.</param>
    public static void ByteGemv(SourceWriter writer, KernelDefinition kernel)
    {
        var schedule = (SecondLevelByteGemv)kernel.Schedule;
        const int groupsPerJob = SecondLevelPacking.JobInputs / GroupInputs;
        using (KernelMethod.Open(writer, kernel, "Adds the products of 64 rows with int8 activations.", scratch: true))
        {
            writer.Line("sbyte* x = (sbyte*)tile->Activations;");
            if (schedule.Outliers) writer.Line($"float* corrections = stackalloc float[{groupsPerJob * Rows}];");
            using (writer.Block($"for (int group = 0; group < tile->Inputs / {GroupInputs}; group++)"))
            {
                if (schedule.Outliers)
                {
                    writer.Line($"if (group % {groupsPerJob} == 0)");
                    writer.Line($"    OutlierProducts.Add(tile, group / 2, Math.Min((group + {groupsPerJob}) / 2, tile->Inputs / {Inputs}), corrections);");
                }

                using (writer.Block($"for (int row = 0; row < {Rows}; row++)"))
                {
                    Group(writer, kernel);
                    writer.Line($"long at = (long)(group / {SecondLevelPacking.BlockGroups}) * tile->TokenStride;");
                    writer.Line("int dot = 0;");
                    writer.Line("int sum = 0;");
                    using (writer.Block($"for (int input = 0; input < {GroupInputs}; input++)"))
                    {
                        writer.Line($"int activation = x[(at * {Inputs}) + (group % {SecondLevelPacking.BlockGroups} * {GroupInputs}) + input];");
                        writer.Line($"dot += {Code()} * activation;");
                        writer.Line("sum += activation;");
                    }

                    string rest = schedule.Outliers ? $"(sum - corrections[(group % {groupsPerJob} * {Rows}) + row])" : "sum";
                    writer.Line($"tile->Output[row] += scale * tile->ActivationScales[at] * (dot - (zero * {rest}));");
                }
            }
        }
    }

    private static string Code() => $"CodeAt(block, row, (group % {SecondLevelPacking.BlockGroups} * {GroupInputs}) + input)";

    // Declares the block, the scale and the zero of a group and row.
    private static void Group(SourceWriter writer, KernelDefinition kernel)
    {
        int bits = kernel.Semantics.OfType<ApplyStatistics>().Single().Bits;
        int mask = (1 << bits) - 1;
        int lanes = PlanarPacking.QuarterRows;
        writer.Line($"byte* block = tile->Codes[0] + ((long)(group / {SecondLevelPacking.BlockGroups}) * {new PlanarGeometry(kernel).BlockBytes});");
        writer.Line($"int word = StatisticLanes.Word_{bits}(tile->Scales + ((((long)group * {lanes}) + (row % {lanes})) * {bits})) >>> (row / {lanes} * {2 * bits});");
        writer.Line($"ushort* stat = (ushort*)tile->Statistics + ((long)group * {SecondLevelText.GroupStatistics}) + (row / {lanes} * {SecondLevelPacking.Statistics});");
        writer.Line($"float scale = ((word & 0x{mask:X}) - ScaleLanes.Half(stat + 1)) * ScaleLanes.Half(stat);");
        writer.Line($"float zero = (((word >>> {bits}) & 0x{mask:X}) - ScaleLanes.Half(stat + 3)) * ScaleLanes.Half(stat + 2);");
    }
}
