using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>Lowers uniform codes with a second level of scales, and perhaps outliers, to planar codes and their kernels.</summary>
internal static class SecondLevelLowering
{
    private const int LargestByte = 127;

    private static readonly KernelIsa[] Engines = [KernelIsa.Scalar, KernelIsa.Avx2, KernelIsa.Avx512];

    /// <summary>Decides layout and kernels.</summary>
    /// <param name="format">A uniform format with a second level.</param>
    public static KernelPlan Lower(FormatSpec format)
    {
        SecondLevelSpec level = format.SecondLevel!;
        EquatableArray<CodePlane> planes = CodePlane.Split(format.CodeBits);
        var semantics = new EquatableArray<SemanticStep>(Steps(format, planes, level));
        var layout = new LayoutPlan
        {
            TileRows = PlanarPacking.TileRows,
            Streams = new EquatableArray<StreamPlan>(Streams(format, level)),
            Packing = new SecondLevelPacking(planes, level.ScaleBits, format.Outliers is not null),
        };
        return new KernelPlan
        {
            Format = format,
            Layout = layout,
            Cuda = SecondLevelCudaLowering.Lower(format, layout, semantics),
            Kernels = new EquatableArray<KernelDefinition>(Engines.SelectMany(isa => Kernels(format, isa, semantics))),
        };
    }

    private static IEnumerable<StreamPlan> Streams(FormatSpec format, SecondLevelSpec level)
    {
        Extent tiles = Extent.Rows(PlanarPacking.TileRows);
        Extent groups = Extent.Columns(PlanarPacking.BlockInputs, SecondLevelPacking.BlockGroups);
        yield return new StreamPlan("codes.1", 1, ScalarType.UInt8, new EquatableArray<Extent>(
        [
            tiles, Extent.Columns(PlanarPacking.BlockInputs), Extent.Constant(PlanarPacking.Quarters),
            Extent.Constant(format.CodeBits * PlanarPacking.VectorBytes),
        ]));
        yield return new StreamPlan("scales", 1, ScalarType.UInt8, new EquatableArray<Extent>(
            [tiles, groups, Extent.Constant(PlanarPacking.QuarterRows), Extent.Constant(level.ScaleBits)]));
        yield return new StreamPlan("statistics", 1, level.Stat, new EquatableArray<Extent>(
            [tiles, groups, Extent.Constant(PlanarPacking.Quarters), Extent.Constant(SecondLevelPacking.Statistics)]));
        if (format.Outliers is null) yield break;
        yield return new StreamPlan("outlier_jobs", 1, ScalarType.UInt8, new EquatableArray<Extent>(
        [
            Extent.Rows(PlanarPacking.TileRows, PlanarPacking.TileRows / SecondLevelPacking.JobRows),
            Extent.Columns(SecondLevelPacking.JobInputs), Extent.Constant(SecondLevelPacking.EntryBytes),
        ]));
        yield return new StreamPlan("outliers", 1, ScalarType.UInt8, new EquatableArray<Extent>(
            [Extent.Outliers, Extent.Constant(SecondLevelPacking.EntryBytes)]));
    }

    private static IEnumerable<SemanticStep> Steps(FormatSpec format, EquatableArray<CodePlane> planes, SecondLevelSpec level)
    {
        yield return new LoadCodes("codes.1", format.CodeBits, false);
        yield return new Unpack(planes);
        yield return new ApplyStatistics("scales", "statistics", level.ScaleBits, format.GroupSize, level.GroupRows);
        if (format.Outliers is not null) yield return new ReplaceOutliers("outlier_jobs", "outliers");
    }

    private static IEnumerable<KernelDefinition> Kernels(FormatSpec format, KernelIsa isa, EquatableArray<SemanticStep> semantics)
    {
        KernelDefinition Define(KernelOp op, ActivationKind activation, Schedule schedule, IEnumerable<PrologueStage> prologue) => new()
        {
            Format = format.Name,
            Op = op,
            Level = 1,
            Isa = isa,
            Activation = activation,
            TileRows = PlanarPacking.TileRows,
            Prologue = new EquatableArray<PrologueStage>(prologue),
            Semantics = semantics,
            Schedule = schedule,
        };

        bool outliers = format.Outliers is not null;
        yield return Define(KernelOp.Dequantize, ActivationKind.Float32, new SecondLevelDequantize(outliers), []);
        IEnumerable<PrologueStage> rotate = format.Rotation == Rotation.None ? [] : [new RotateInputs(format.Rotation)];
        yield return Define(
            KernelOp.Gemv, ActivationKind.Int8, new SecondLevelByteGemv(outliers),
            rotate.Append(new QuantizeInputs(8, PlanarPacking.BlockInputs, LargestByte)));
    }
}
