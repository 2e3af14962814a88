using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes the kernels of somebody else's blocks for a vector engine: 32 inputs are one register of signed bytes.</summary>
internal static class BlockVectorEmitter
{
    /// <summary>Blocks to panels.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="BlockDequantize"/>.</param>
    /// <param name="dialect">The instruction set.</param>
    public static void Dequantize(SourceWriter writer, KernelDefinition kernel, VectorDialect dialect)
    {
        BlockPlan plan = ((BlockDequantize)kernel.Schedule).Block;
        BlockStruct.Kernel(writer, kernel, "Values of up to 64 rows as a panel [inputs, 64] of float32.", $"BlockPanels.Write<{BlockStruct.NameOf(kernel.Isa)}>");
        using (BlockStruct.Decoder(writer, kernel, plan.Packing))
        {
            var text = new BlockVectorText(plan, dialect);
            using (writer.Block("public static unsafe void Decode(byte* block, float* values)"))
            {
                text.Scales(writer);
                text.Offsets(writer);
                for (int run = 0; run < plan.Packing.Runs; run++)
                {
                    writer.Line($"Vector256<sbyte> run{run} = Run{run}(block);");
                    for (int part = 0; part < BlockPacking.RunInputs / dialect.Lanes; part++) writer.Line(text.Decoded(run, part));
                }
            }

            for (int run = 0; run < plan.Packing.Runs; run++)
            {
                writer.Line();
                text.Run(writer, run);
            }
        }
    }

    /// <summary>Products with int16 activations in the order of the inputs, one token.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="BlockWordGemv"/>.</param>
    /// <param name="dialect">The instruction set.</param>
    public static void Gemv(SourceWriter writer, KernelDefinition kernel, VectorDialect dialect)
    {
        BlockPlan plan = ((BlockWordGemv)kernel.Schedule).Block;
        string floats = dialect.Of("float");
        bool small = plan.Packing.IsSmall;
        string driver = small ? "SmallBlockRows" : "BlockRows";
        BlockStruct.Kernel(
            writer, kernel, "Adds the products of rows with int16 activations in the order of the inputs.", $"{driver}.Multiply<{BlockStruct.NameOf(kernel.Isa)}, {floats}>");
        using (BlockStruct.Products(writer, kernel, $"{(small ? "ISmallBlockProducts" : "IBlockProducts")}<{floats}>"))
        {
            if (small) new SmallBlockText(plan, dialect).Members(writer);
            else Add(writer, plan, new BlockVectorText(plan, dialect), floats);
            writer.Line();
            writer.Line($"public static float Total({floats} sum) => BlockLanes.Total{dialect.Bits}(sum);");
        }
    }

    private static void Add(SourceWriter writer, BlockPlan plan, BlockVectorText text, string floats)
    {
        writer.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
        using (writer.Block($"public static unsafe {floats} Add(byte* block, short* x, float* scales, float* sums, {floats} sum)"))
        {
            if (plan.Packing.IsOneLevel) text.OneLevelProducts(writer);
            else text.TwoLevelProducts(writer);
            writer.Line("return sum;");
        }
    }
}
