using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes the planar gemv with int8 activations: unsigned codes × signed activations by <c>MultiplyAddAdjacent</c>.</summary>
internal static class PlanarByteGemvEmitter
{
    // Codes are read once and in order, about four kilobytes ahead of their use: far enough to cover a read from memory.
    private const int PrefetchBytes = 4096;

    /// <summary>Writes the kernel.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="PlanarByteGemv"/>.</param>
    /// <param name="dialect">The instruction set.</param>
    public static void Emit(SourceWriter writer, KernelDefinition kernel, VectorDialect dialect)
    {
        var schedule = (PlanarByteGemv)kernel.Schedule;
        var geometry = new PlanarGeometry(kernel);
        string registers = string.Join(", ", Enumerable.Range(0, PlanarPacking.SubVectors).Select(static s => $"x{s}"));
        using (KernelMethod.Open(writer, kernel, "Adds the products of 64 rows with int8 activations."))
        {
            new PlanarGemvText(geometry, dialect).Body(
                writer,
                () =>
                {
                    writer.Line("// Four activations a register, the same for all rows.");
                    for (int s = 0; s < PlanarPacking.SubVectors; s++)
                        writer.Line($"{dialect.Of("sbyte")} x{s} = {dialect.Vector}.Create(((int*)x)[{s}]).AsSByte();");
                },
                address => $"DotBytes{dialect.Bits}({address}, {registers})",
                elementBytes: 1);
        }

        writer.Line();
        Dot(writer, geometry, schedule, dialect);
    }

    private static void Dot(SourceWriter writer, PlanarGeometry geometry, PlanarByteGemv schedule, VectorDialect dialect)
    {
        var text = new PlanarVectorText(geometry, dialect);
        string parameters = string.Join(", ", Enumerable.Range(0, PlanarPacking.SubVectors).Select(s => $"{dialect.Of("sbyte")} x{s}"));
        writer.Line($"// {dialect.Lanes} rows × 32 inputs. A 16-bit lane can sum {schedule.ProductsBeforeWidening} pairs of products before it may overflow.");
        writer.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
        using (writer.Block($"private static unsafe {dialect.Of("int")} DotBytes{dialect.Bits}(byte* codes, {parameters})"))
        {
            for (int i = 0; i < geometry.Bits; i++) writer.Line($"Sse.Prefetch0(codes + {PrefetchBytes + (i * PlanarPacking.VectorBytes)});");
            text.LoadVectors(writer);
            text.ByteMasks(writer);
            ByteProducts.Sum(writer, text.ByteCodes, dialect, schedule.ProductsBeforeWidening, static s => $"x{s}");
            writer.Line("return dot;");
        }
    }
}
