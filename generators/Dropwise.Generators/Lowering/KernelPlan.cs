using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>
/// Everything that a renderer needs to write one format, decided: how a matrix is laid out and which kernels exist. Lowering is the
/// only place that does format arithmetic; renderers spell.
/// </summary>
internal sealed record KernelPlan
{
    /// <summary>The declaration.</summary>
    public required FormatSpec Format { get; init; }

    /// <summary>How a packed matrix lies in memory.</summary>
    public required LayoutPlan Layout { get; init; }

    /// <summary>The kernels of all CPU engines in a stable order: engine, then op, then level.</summary>
    public required EquatableArray<KernelDefinition> Kernels { get; init; }

    /// <summary>The layout and the kernels on CUDA devices, from the same semantics.</summary>
    public required CudaPlan Cuda { get; init; }
}
