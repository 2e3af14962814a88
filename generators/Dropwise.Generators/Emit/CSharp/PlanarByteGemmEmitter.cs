using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>
/// Writes the planar gemm with int8 activations: the codes of a block and lane group are unpacked into eight registers, which then
/// meet every token.
/// </summary>
internal static class PlanarByteGemmEmitter
{
    /// <summary>Writes the kernel.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="PlanarByteGemm"/>.</param>
    /// <param name="dialect">The instruction set.</param>
    public static void Emit(SourceWriter writer, KernelDefinition kernel, VectorDialect dialect)
    {
        var geometry = new PlanarGeometry(kernel);
        var text = new PlanarVectorText(geometry, dialect);
        using (KernelMethod.Open(writer, kernel, "Adds the products of 64 rows with the int8 activations of several tokens, [blocks, tokens, 32]."))
        {
            writer.Line("byte* codes = tile->Codes[0];");
            text.GroupPointers(writer);
            text.RowScales(writer);
            using (writer.Block("for (int block = 0; block < tile->Inputs / 32; block++)"))
            {
                writer.Line("long first = (long)block * tile->TokenStride;");
                writer.Line("sbyte* x = (sbyte*)tile->Activations + (first * 32);");
                for (int i = 0; i < text.LaneGroups; i++) writer.Line($"{Call(text, geometry, dialect, i)};");
                writer.Line($"codes += {geometry.BlockBytes};");
                if (geometry.BlocksPerGroup > 1) writer.Line($"if ((block + 1) % {geometry.BlocksPerGroup} != 0) continue;");
                text.NextGroup(writer);
            }
        }

        writer.Line();
        Block(writer, kernel, geometry, text, dialect);
    }

    private static string Call(PlanarVectorText text, PlanarGeometry geometry, VectorDialect dialect, int group)
    {
        string address = $"codes{PlanarVectorText.Plus(text.CodeOffset(group))}";
        string output = $"tile->Output{PlanarVectorText.Plus(group * dialect.Lanes)}";
        string offset = text.Offset(group) is { } value ? $", {value}" : "";
        return $"GemmBlock{dialect.Bits}({address}, {text.Scale(group)}{offset}, x, tile->ActivationScales + first, "
            + $"{(geometry.HasOffset ? "tile->ActivationSums + first, " : "")}tile->Tokens, {output})";
    }

    private static void Block(SourceWriter writer, KernelDefinition kernel, PlanarGeometry geometry, PlanarVectorText text, VectorDialect dialect)
    {
        var schedule = (PlanarByteGemm)kernel.Schedule;
        string floats = dialect.Of("float");
        writer.Line($"// {dialect.Lanes} rows × 32 inputs × all tokens. x: [tokens, 32]; y: [tokens, 64].");
        string offset = geometry.HasOffset ? $", {floats} offset" : "";
        string sums = geometry.HasOffset ? ", float* xSums" : "";
        using (writer.Block($"private static unsafe void GemmBlock{dialect.Bits}("
            + $"byte* codes, {floats} scale{offset}, sbyte* x, float* xScales{sums}, int tokens, float* y)"))
        {
            text.LoadVectors(writer);
            text.ByteMasks(writer);
            for (int s = 0; s < PlanarPacking.SubVectors; s++) writer.Line($"{dialect.Of("byte")} c{s} = {text.ByteCodes(s)};");
            using (writer.Block("for (int token = 0; token < tokens; token++)"))
            {
                ByteProducts.Sum(writer, static s => $"c{s}", dialect, schedule.ProductsBeforeWidening,
                    s => $"{dialect.Vector}.Create(((int*)x)[{s}]).AsSByte()");
                string product = $"{dialect.Vector}.ConvertToSingle(dot), scale * xScales[token]";
                writer.Line($"{floats} sum = {dialect.Vector}.FusedMultiplyAdd({product}, {dialect.Vector}.Load(y));");
                if (geometry.HasOffset) writer.Line($"sum = {dialect.Vector}.FusedMultiplyAdd(offset, {dialect.Vector}.Create(xSums[token]), sum);");
                writer.Line("sum.Store(y);");
                writer.Line("x += 32;");
                writer.Line("y += 64;");
            }
        }
    }
}
