using System;
using System.Linq;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>Lowers additive codebooks to their layout in device memory and their CUDA kernels.</summary>
internal static class AdditiveCudaLowering
{
    /// <summary>Decides layout and kernels.</summary>
    /// <param name="format">An additive format.</param>
    /// <param name="layout">Its layout for CPUs.</param>
    /// <param name="semantics">From stored bytes to the weight, for each level.</param>
    public static CudaPlan Lower(FormatSpec format, LayoutPlan layout, Func<int, EquatableArray<SemanticStep>> semantics) => new()
    {
        Streams = new EquatableArray<DeviceStreamPlan>(layout.Streams.Select((stream, index) =>
            new DeviceStreamPlan(stream.Name, stream.Level, index, Form(format, stream)))),
        Kernels = new EquatableArray<KernelDefinition>(
            Enumerable.Range(1, format.Levels).SelectMany(level => CudaKernels.Of(format, level, semantics(level)))),
        SumRun = 0,
    };

    private static DeviceForm Form(FormatSpec format, StreamPlan stream) => stream.Name == "row_scales"
        ? new RowScalars(stream.Type)
        : new CodewordCodes(format.CodeBits, format.Dimension);
}
