using System.Linq;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>Lowers codes with a second level to their layout in device memory and their CUDA kernels.</summary>
internal static class SecondLevelCudaLowering
{
    /// <summary>Decides layout and kernels.</summary>
    /// <param name="format">A format with a second level.</param>
    /// <param name="layout">Its layout for CPUs.</param>
    /// <param name="semantics">From stored bytes to the weight.</param>
    public static CudaPlan Lower(FormatSpec format, LayoutPlan layout, EquatableArray<SemanticStep> semantics)
    {
        var packing = (SecondLevelPacking)layout.Packing;
        return new CudaPlan
        {
            Streams = new EquatableArray<DeviceStreamPlan>(layout.Streams.Select((stream, index) =>
                new DeviceStreamPlan(stream.Name, stream.Level, index, Form(format, packing, stream)))),
            Kernels = new EquatableArray<KernelDefinition>(CudaKernels.Of(format, 1, semantics, Few)),

            // Groups of 16 inputs would be more loads than products with ones: kernels sum a unit's activations themselves, once for all rows.
            SumRun = 0,
        };
    }

    // A tile of columns serves two tokens, and more tiles need more of a multiprocessor's registers a thread.
    private static (int Tokens, CudaGemv Schedule)[] Few { get; } =
    [
        (2, Gemv(columnTiles: 1, threads: 384) with { FillsRegisters = true }), (4, Gemv(columnTiles: 2, threads: 256) with { FillsRegisters = true }),
        (8, Gemv(columnTiles: 4, threads: 320)), (16, Gemv(columnTiles: 8, threads: 256)),
    ];

    private static CudaGemv Gemv(int columnTiles, int threads) => new(columnTiles, SecondLevelUnit.Steps, threads, FillsRegisters: false);

    private static DeviceForm Form(FormatSpec format, SecondLevelPacking packing, StreamPlan stream) => stream.Name switch
    {
        "codes.1" => new InterleavedCodes(packing.Planes, format.CodeBits),
        "scales" => new StatisticWords(packing.StatisticBits),
        "statistics" => new GroupStatistics(),
        "outlier_jobs" => new OutlierUnits(),
        _ => new OutlierEntries(),
    };
}
