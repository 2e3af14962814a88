using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes the kernels of somebody else's blocks for the scalar engine: one weight at a time.</summary>
internal static class BlockScalarEmitter
{
    /// <summary>Blocks to panels.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="BlockDequantize"/>.</param>
    public static void Dequantize(SourceWriter writer, KernelDefinition kernel)
    {
        BlockPlan plan = ((BlockDequantize)kernel.Schedule).Block;
        BlockStruct.Kernel(writer, kernel, "Values of up to 64 rows as a panel [inputs, 64] of float32.", $"BlockPanels.Write<{BlockStruct.NameOf(kernel.Isa)}>");
        using (BlockStruct.Decoder(writer, kernel, plan.Packing))
        using (writer.Block("public static unsafe void Decode(byte* block, float* values)"))
        {
            Table(writer, plan);
            foreach (string line in Numbers(plan)) writer.Line(line);
            using (writer.Block($"for (int i = 0; i < {Literals.Of(plan.Packing.Block.Inputs)}; i++)"))
            {
                writer.Line($"int value = {Value(plan)};");
                writer.Line($"values[i] = {Scaled(plan)};");
            }
        }
    }

    /// <summary>Products with int16 activations in the order of the inputs, one token.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="BlockWordGemv"/>.</param>
    public static void Gemv(SourceWriter writer, KernelDefinition kernel)
    {
        BlockPlan plan = ((BlockWordGemv)kernel.Schedule).Block;
        BlockStruct.Kernel(
            writer, kernel, "Adds the products of rows with int16 activations in the order of the inputs.", $"BlockRows.Multiply<{BlockStruct.NameOf(kernel.Isa)}, float>");
        using (BlockStruct.Products(writer, kernel, "IBlockProducts<float>"))
        {
            using (writer.Block("public static unsafe float Add(byte* block, short* x, float* scales, float* sums, float sum)"))
            {
                Table(writer, plan);
                foreach (string line in Numbers(plan)) writer.Line(line);
                using (writer.Block($"for (int half = 0; half < {Literals.Of(plan.Packing.Halves)}; half++)"))
                {
                    writer.Line("int dot = 0;");
                    writer.Line($"for (int i = half * 16; i < (half * 16) + 16; i++) dot += ({Value(plan)}) * x[i];");
                    writer.Line($"sum += {Scale(plan, "half * 16")} * scales[half / 2] * dot;");
                    if (plan.Packing.Format.Zero == ZeroPoint.Rescale) writer.Line($"sum += {Offset(plan, "half * 16")} * sums[half];");
                }

                writer.Line("return sum;");
            }

            writer.Line();
            writer.Line("public static float Total(float sum) => sum;");
        }
    }

    /// <summary>Declares the numbers of a block.</summary>
    /// <param name="plan">How a block is unpacked.</param>
    public static IEnumerable<string> Numbers(BlockPlan plan)
    {
        BlockPacking packing = plan.Packing;
        string factor = plan.TableScale == 1 ? "" : $"{Literals.Of(plan.TableScale)} * ";
        yield return $"float step = {factor}{BlockPackingEmitter.Load(packing, packing.IsOneLevel ? BlockPart.Scales : BlockPart.ScaleStep)};";
        if (packing.Format.Zero != ZeroPoint.Rescale) yield break;
        yield return $"float offset = {(packing.IsOneLevel ? "" : "-")}{BlockPackingEmitter.Load(packing, packing.IsOneLevel ? BlockPart.Zeros : BlockPart.ZeroStep)};";
    }

    private static void Table(SourceWriter writer, BlockPlan plan)
    {
        if (plan.Table.Count != 0) writer.Line($"ReadOnlySpan<sbyte> table = [{string.Join(", ", plan.Table.Select(Literals.Of))}];");
    }

    private static string Value(BlockPlan plan) => plan.Table.Count != 0 ? "table[CodeAt(block, i)]"
        : plan.Packing.Format is { Signed: true, CodeBits: 8 } ? "(sbyte)CodeAt(block, i)"
        : plan.CodeZero == 0 ? "CodeAt(block, i)"
        : $"CodeAt(block, i) - {Literals.Of(plan.CodeZero)}";

    private static string Scaled(BlockPlan plan) =>
        plan.Packing.Format.Zero == ZeroPoint.Rescale ? $"({Scale(plan, "i")} * value) + {Offset(plan, "i")}" : $"{Scale(plan, "i")} * value";

    private static string Scale(BlockPlan plan, string input)
    {
        if (plan.Packing.IsOneLevel) return "step";
        string code = $"ScaleAt(block, {Group(plan, input)})";
        bool twosComplement = plan.Packing.Block.SignedScales && plan.Packing.Format.SecondLevel!.ScaleBits == 8;
        return twosComplement ? $"(step * (sbyte){code})" : plan.ScaleZero == 0 ? $"(step * {code})" : $"(step * ({code} - {Literals.Of(plan.ScaleZero)}))";
    }

    private static string Offset(BlockPlan plan, string input) => plan.Packing.IsOneLevel ? "offset" : $"(offset * ZeroAt(block, {Group(plan, input)}))";

    private static string Group(BlockPlan plan, string input) => plan.Packing.Format.GroupSize == 16 && input == "half * 16" ? "half" : $"{input} / {Literals.Of(plan.Packing.Format.GroupSize)}";
}
