using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>The expressions that vector kernels of codes with a second level share: scales and zeros of a group, a lane a row.</summary>
internal sealed class SecondLevelText
{
    private readonly VectorDialect _dialect;
    private readonly PlanarVectorText _planar;

    /// <summary>Reads the semantics of a kernel.</summary>
    /// <param name="kernel">A kernel of codes with a second level.</param>
    /// <param name="dialect">The instruction set.</param>
    public SecondLevelText(KernelDefinition kernel, VectorDialect dialect)
    {
        _dialect = dialect;
        _planar = new PlanarVectorText(new PlanarGeometry(kernel), dialect);
        Bits = kernel.Semantics.OfType<ApplyStatistics>().Single().Bits;
    }

    /// <summary>Bits of a quantized scale, and bytes of a lane's word.</summary>
    public int Bits { get; }

    /// <summary>Bytes of a group's words.</summary>
    public int GroupBytes => PlanarPacking.QuarterRows * Bits;

    /// <summary>Statistics of a group.</summary>
    public static int GroupStatistics => PlanarPacking.Quarters * SecondLevelPacking.Statistics;

    /// <summary>Declares <c>stat</c>, room for the statistics of a block's groups.</summary>
    /// <param name="writer">Receives the lines.</param>
    public static void Scratch(SourceWriter writer) =>
        AlignedScratch.Declare(writer, "float", "stat", SecondLevelPacking.BlockGroups * GroupStatistics);

    /// <summary>Loads words and statistics of both groups of a block: <c>words0_0</c>… and <c>stat</c>; <c>words</c> and <c>statistics</c> are in scope.</summary>
    /// <param name="writer">Receives the lines.</param>
    public void LoadGroups(SourceWriter writer)
    {
        for (int group = 0; group < SecondLevelPacking.BlockGroups; group++)
        {
            for (int half = 0; half < PlanarPacking.QuarterRows / _dialect.Lanes; half++)
            {
                int offset = (group * GroupBytes) + (half * _dialect.Lanes * Bits);
                writer.Line($"{_dialect.Of("int")} words{group}_{half} = StatisticLanes.Words{_dialect.Bits}_{Bits}(words{PlanarVectorText.Plus(offset)});");
            }
        }

        for (int i = 0; i < SecondLevelPacking.BlockGroups * GroupStatistics; i += _dialect.Lanes)
            writer.Line($"ScaleLanes.Half{_dialect.Bits}(statistics{PlanarVectorText.Plus(i)}).Store(stat{PlanarVectorText.Plus(i)});");
    }

    /// <summary>Moves <c>words</c> and <c>statistics</c> to the next block.</summary>
    /// <param name="writer">Receives the lines.</param>
    public void NextBlock(SourceWriter writer)
    {
        writer.Line($"words += {SecondLevelPacking.BlockGroups * GroupBytes};");
        writer.Line($"statistics += {SecondLevelPacking.BlockGroups * GroupStatistics};");
    }

    /// <summary>The arguments of a helper for one lane group: the words of both groups, shifted to its quarter, and its statistics.</summary>
    /// <param name="laneGroup">The lane group.</param>
    public string GroupArguments(int laneGroup)
    {
        int row = laneGroup * _dialect.Lanes;
        int quarter = row / PlanarPacking.QuarterRows;
        int half = row % PlanarPacking.QuarterRows / _dialect.Lanes;
        string shift = quarter == 0 ? "" : $" >>> {quarter * 2 * Bits}";
        return $"words0_{half}{shift}, words1_{half}{shift}, stat{PlanarVectorText.Plus(quarter * SecondLevelPacking.Statistics)}";
    }

    /// <summary>The parameters that <see cref="GroupArguments"/> fill.</summary>
    public string GroupParameters => $"{_dialect.Of("int")} words0, {_dialect.Of("int")} words1, float* stat";

    /// <summary>Declares <c>scale0</c>, <c>zero0</c> and those of group 1.</summary>
    /// <param name="writer">Receives the lines.</param>
    public void Decode(SourceWriter writer)
    {
        string mask = $"{_dialect.Vector}.Create(0x{(1 << Bits) - 1:X})";
        for (int group = 0; group < SecondLevelPacking.BlockGroups; group++)
        {
            string At(int index) => $"{_dialect.Vector}.Create(stat[{(group * GroupStatistics) + index}])";
            writer.Line($"{_dialect.Of("float")} scale{group} = ({_dialect.Vector}.ConvertToSingle(words{group} & {mask}) - {At(1)}) * {At(0)};");
            writer.Line($"{_dialect.Of("float")} zero{group} = ({_dialect.Vector}.ConvertToSingle((words{group} >>> {Bits}) & {mask}) - {At(3)}) * {At(2)};");
        }
    }

    /// <summary>The address of a lane group's codes.</summary>
    /// <param name="laneGroup">The lane group.</param>
    public string Codes(int laneGroup) => $"codes{PlanarVectorText.Plus(_planar.CodeOffset(laneGroup))}";

    /// <summary>The planar codes of the kernel.</summary>
    public PlanarVectorText Planar => _planar;
}
