using System.Linq;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>Lowers uniform and lookup codes to their layout in device memory and their CUDA kernels.</summary>
internal static class PlanarCudaLowering
{
    /// <summary>Decides layout and kernels.</summary>
    /// <param name="format">A uniform or lookup format.</param>
    /// <param name="layout">Its layout for CPUs, whose packing is planar.</param>
    /// <param name="semantics">From stored bytes to the weight.</param>
    public static CudaPlan Lower(FormatSpec format, LayoutPlan layout, EquatableArray<SemanticStep> semantics)
    {
        var packing = (PlanarPacking)layout.Packing;
        return new CudaPlan
        {
            Streams = new EquatableArray<DeviceStreamPlan>(layout.Streams.Select((stream, index) =>
                new DeviceStreamPlan(stream.Name, stream.Level, index, Form(format, packing, stream)))),
            Kernels = new EquatableArray<KernelDefinition>(CudaKernels.Of(format, 1, semantics)),
            SumRun = HasOffset(format) ? ScaleRun(format.GroupSize) : 0,
        };
    }

    /// <summary>Inputs that share a scale wherever a job begins: the largest divisor of a job that no group's border falls inside.</summary>
    /// <param name="groupSize">A multiple of 32; 0 where there is no group.</param>
    public static int ScaleRun(int groupSize)
    {
        int run = DeviceStreamPlan.JobInputs;
        while (groupSize % run != 0) run /= 2;
        return run;
    }

    // A constant zero, as of signed codes, and a zero point or offset of a group all need the sums of the activations.
    private static bool HasOffset(FormatSpec format) => format.Zero != ZeroPoint.None || (format.Signed && format.CodeBits != 8);

    private static DeviceForm Form(FormatSpec format, PlanarPacking packing, StreamPlan stream) => stream.Name switch
    {
        "codes.1" => new PlaneCodes(packing.Planes, format.CodeBits),
        "row_scales" => new RowScalars(stream.Type),
        "zeros" when packing.ZeroPlanes.Count != 0 => new GroupZeros(packing.ZeroPlanes, format.GroupSize),
        _ => new GroupScalars(stream.Type, format.GroupSize),
    };
}
