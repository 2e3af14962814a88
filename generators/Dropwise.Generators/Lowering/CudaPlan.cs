using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>A format on CUDA devices, decided: how a matrix lies in device memory and which kernels exist.</summary>
internal sealed record CudaPlan
{
    /// <summary>The streams in device memory, in the order of the CPU layout's streams that they are made from.</summary>
    public required EquatableArray<DeviceStreamPlan> Streams { get; init; }

    /// <summary>The kernels that multiply and decode, in a stable order: level, then op, then tile.</summary>
    public required EquatableArray<KernelDefinition> Kernels { get; init; }

    /// <summary>Inputs of a run whose sums of activations products read; 0 where they read none.</summary>
    public required int SumRun { get; init; }
}
