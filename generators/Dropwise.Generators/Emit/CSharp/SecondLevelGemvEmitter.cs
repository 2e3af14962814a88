using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>
/// Writes the gemv of codes with a second level and int8 activations: two groups of 16 inputs a block, each with an integer product, a
/// scale and a zero. Outliers of 512 inputs are multiplied before the codes of these inputs.
/// </summary>
internal static class SecondLevelGemvEmitter
{
    // As for planar codes: far enough ahead to cover a read from memory.
    private const int PrefetchBytes = 4096;

    // The byte products of four sub-vectors of 4-bit codes fit 16 bits: 15 · 127 · 2 · 4 = 15240.
    private const int GroupSubVectors = SecondLevelPacking.GroupInputs / 4;

    private const int BlocksPerJob = SecondLevelPacking.JobInputs / PlanarPacking.BlockInputs;

    /// <summary>Writes the kernel.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="SecondLevelByteGemv"/>.</param>
    /// <param name="dialect">The instruction set.</param>
    public static void Emit(SourceWriter writer, KernelDefinition kernel, VectorDialect dialect)
    {
        var schedule = (SecondLevelByteGemv)kernel.Schedule;
        var text = new SecondLevelText(kernel, dialect);
        var geometry = new PlanarGeometry(kernel);
        string floats = dialect.Of("float");
        using (KernelMethod.Open(writer, kernel, "Adds the products of 64 rows with int8 activations.", scratch: true))
        {
            SecondLevelText.Scratch(writer);
            if (schedule.Outliers) AlignedScratch.Declare(writer, "float", "corrections", SecondLevelPacking.JobInputs / SecondLevelPacking.GroupInputs * PlanarPacking.TileRows);
            writer.Line("byte* codes = tile->Codes[0];");
            writer.Line("byte* words = tile->Scales;");
            writer.Line("ushort* statistics = (ushort*)tile->Statistics;");
            writer.Line("sbyte* x = (sbyte*)tile->Activations;");
            writer.Line("float* xScales = tile->ActivationScales;");
            writer.Line("long stride = tile->TokenStride;");
            writer.Line($"int blocks = tile->Inputs / {PlanarPacking.BlockInputs};");
            for (int i = 0; i < text.Planar.LaneGroups; i++) writer.Line($"{floats} y{i} = {floats}.Zero;");
            writer.Line();
            using (writer.Block($"for (int block = 0; block < blocks;)"))
            {
                writer.Line($"int end = Math.Min(block + {BlocksPerJob}, blocks);");
                if (schedule.Outliers)
                {
                    writer.Line("OutlierProducts.Add(tile, block, end, corrections);");
                    writer.Line("float* correction = corrections;");
                }

                using (writer.Block("for (; block < end; block++)")) Block(writer, schedule, text, geometry, dialect);
            }

            writer.Line();
            for (int i = 0; i < text.Planar.LaneGroups; i++)
            {
                string output = $"tile->Output{PlanarVectorText.Plus(i * dialect.Lanes)}";
                writer.Line($"(y{i} + {dialect.Vector}.Load({output})).Store({output});");
            }
        }

        writer.Line();
        Products(writer, schedule, text, geometry, dialect);
    }

    private static string Inputs(System.Func<int, string> spell) => string.Join(", ", Enumerable.Range(0, PlanarPacking.SubVectors).Select(spell));

    private static void Block(SourceWriter writer, SecondLevelByteGemv schedule, SecondLevelText text, PlanarGeometry geometry, VectorDialect dialect)
    {
        writer.Line("// Four activations a register, the same for all rows; and the sums of each group's.");
        for (int s = 0; s < PlanarPacking.SubVectors; s++)
            writer.Line($"{dialect.Of("sbyte")} x{s} = {dialect.Vector}.Create(((int*)x)[{s}]).AsSByte();");
        for (int group = 0; group < SecondLevelPacking.BlockGroups; group++)
        {
            int first = group * GroupSubVectors;
            ByteProducts.Sum(writer, _ => $"{dialect.Of("byte")}.One", dialect, GroupSubVectors, static s => $"x{s}", $"sum{group}", first, first + GroupSubVectors);
            writer.Line($"{dialect.Of("float")} xSum{group} = {dialect.Vector}.ConvertToSingle(sum{group});");
        }

        writer.Line($"{dialect.Of("float")} xScale = {dialect.Vector}.Create(*xScales);");
        text.LoadGroups(writer);
        for (int i = 0; i < text.Planar.LaneGroups; i++)
        {
            string corrections = schedule.Outliers ? $", correction{PlanarVectorText.Plus(i * dialect.Lanes)}" : "";
            writer.Line($"y{i} = GroupProducts{dialect.Bits}({text.Codes(i)}, {Inputs(static s => $"x{s}")}, xScale, xSum0, xSum1, {text.GroupArguments(i)}{corrections}, y{i});");
        }

        writer.Line($"codes += {geometry.BlockBytes};");
        text.NextBlock(writer);
        writer.Line($"x += stride * {PlanarPacking.BlockInputs};");
        writer.Line("xScales += stride;");
        if (schedule.Outliers) writer.Line($"correction += {SecondLevelPacking.BlockGroups * PlanarPacking.TileRows};");
    }

    private static void Products(SourceWriter writer, SecondLevelByteGemv schedule, SecondLevelText text, PlanarGeometry geometry, VectorDialect dialect)
    {
        string floats = dialect.Of("float");
        string corrections = schedule.Outliers ? ", float* correction" : "";
        writer.Line($"// {dialect.Lanes} rows × 2 groups of 16 inputs. Zero points count the inputs that are not an outlier's.");
        writer.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
        using (writer.Block($"private static unsafe {floats} GroupProducts{dialect.Bits}(byte* codes, {Inputs(s => $"{dialect.Of("sbyte")} x{s}")}, "
            + $"{floats} xScale, {floats} xSum0, {floats} xSum1, {text.GroupParameters}{corrections}, {floats} y)"))
        {
            for (int i = 0; i < geometry.Bits; i++) writer.Line($"Sse.Prefetch0(codes + {PrefetchBytes + (i * PlanarPacking.VectorBytes)});");
            text.Planar.LoadVectors(writer);
            text.Planar.ByteMasks(writer);
            text.Decode(writer);
            for (int group = 0; group < SecondLevelPacking.BlockGroups; group++)
            {
                int first = group * GroupSubVectors;
                ByteProducts.Sum(writer, text.Planar.ByteCodes, dialect, GroupSubVectors, static s => $"x{s}", $"dot{group}", first, first + GroupSubVectors);
                string rest = schedule.Outliers
                    ? $"xSum{group} - {dialect.Vector}.Load(correction{PlanarVectorText.Plus(group * PlanarPacking.TileRows)})"
                    : $"xSum{group}";
                writer.Line($"{floats} product{group} = {dialect.Vector}.FusedMultiplyAdd(-zero{group}, {rest}, {dialect.Vector}.ConvertToSingle(dot{group}));");
                writer.Line($"y = {dialect.Vector}.FusedMultiplyAdd(scale{group} * xScale, product{group}, y);");
            }

            writer.Line("return y;");
        }
    }
}
