using System.Collections.Immutable;

namespace Dropwise.Cpu;

/// <summary>Lays canonical codes and scales out as the kernels read them.</summary>
/// <param name="source">The matrix.</param>
/// <param name="streams">The address of each stream, in the order of <see cref="FormatRow.Streams"/>; zeroed memory of the spec's length.</param>
public delegate void PackFunction(CanonicalMatrix source, ReadOnlySpan<nint> streams);

/// <summary>The inverse of <see cref="PackFunction"/>.</summary>
/// <param name="streams">The address of each stream; 0 where a level is missing, whose codes stay as they are.</param>
/// <param name="destination">Receives codes and scales; the codebooks and the rotation are not streams and stay as they are.</param>
public delegate void UnpackFunction(ReadOnlySpan<nint> streams, CanonicalMatrix destination);

/// <summary>Lists the streams of a matrix in ascending order of level.</summary>
/// <param name="rows">Output rows N.</param>
/// <param name="columns">Inputs K.</param>
/// <param name="outliers">Weights in high precision, which only formats that have them ask for.</param>
public delegate ImmutableArray<StreamSpec> StreamsFunction(int rows, int columns, long outliers = 0);

/// <summary>One row of the registry: a declared format with everything that the generator wrote for it.</summary>
public sealed class FormatRow
{
    /// <summary>The declaration as data.</summary>
    public required FormatDescriptor Descriptor { get; init; }

    /// <summary>Rows of a whole tile of the kernel layout; the last tile of a matrix may have fewer, a multiple of 64.</summary>
    public required int TileRows { get; init; }

    /// <summary>The streams of a matrix of N rows and K inputs, in ascending order of level.</summary>
    public required StreamsFunction Streams { get; init; }

    /// <summary>Canonical to kernel layout.</summary>
    public required PackFunction Pack { get; init; }

    /// <summary>Kernel layout to canonical.</summary>
    public required UnpackFunction Unpack { get; init; }

    /// <summary>All kernels: every op, level and instruction set.</summary>
    public required ImmutableArray<KernelEntry> Kernels { get; init; }

    /// <summary>The format on CUDA devices, or null where a row was written without.</summary>
    public CudaProgram? Cuda { get; init; }

    /// <summary>
    /// The generated source of an engine: <c>scalar</c>, <c>avx2</c>, <c>avx512</c>, … for people to read, <c>cuda</c> for the run-time compiler.
    /// </summary>
    public required Func<string, string> Source { get; init; }

    /// <summary>The best kernel for an op and level that an instruction set allows.</summary>
    /// <param name="op">What it computes.</param>
    /// <param name="level">From 1.</param>
    /// <param name="isa">The highest instruction set to use.</param>
    /// <param name="activation">What it reads, or null for any.</param>
    /// <returns>The kernel, or null where the format has none.</returns>
    public KernelEntry? Find(KernelOp op, int level, CpuIsa isa, ActivationKind? activation = null)
    {
        KernelEntry? best = null;
        foreach (KernelEntry kernel in Kernels)
        {
            if (kernel.Op != op || kernel.Level != level || kernel.Isa > isa) continue;
            if (activation is { } wanted && kernel.Activation != wanted) continue;
            if (best is null || kernel.Isa > best.Isa) best = kernel;
        }

        return best;
    }
}
