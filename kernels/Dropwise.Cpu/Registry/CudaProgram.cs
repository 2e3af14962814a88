using System.Collections.Immutable;

namespace Dropwise.Cpu;

/// <summary>
/// What the generator wrote for a format on CUDA devices. The text is <c>FormatRow.Source("cuda")</c>: it follows the device prelude in
/// one compile unit, and <c>LEVEL</c> chooses what the unit holds.
/// </summary>
public sealed class CudaProgram
{
    /// <summary>The name of the engine whose source is CUDA C++.</summary>
    public const string Engine = "cuda";

    /// <summary>The value of <c>LEVEL</c> whose unit holds the repack kernels; from 1 on, a unit holds the products of that level.</summary>
    public const int RepackUnit = 0;

    /// <summary>The streams of a matrix in device memory, in the order of <see cref="FormatRow.Streams"/> and ascending by level.</summary>
    public required ImmutableArray<DeviceStreamSpec> Streams { get; init; }

    /// <summary>All kernels that multiply or decode; the kernels that repack are named by their streams.</summary>
    public required ImmutableArray<CudaKernelEntry> Kernels { get; init; }

    /// <summary>
    /// Inputs of a run whose sums of activations the products read, for zero points: a divisor of 512, and no run straddles two groups.
    /// 0 where nothing reads sums: there are no zero points, or kernels take them off the codes, or sum the activations themselves.
    /// </summary>
    public required int SumRun { get; init; }

    /// <summary>The kernel that takes the fewest tokens at a time and still all of these, or else the one that takes the most.</summary>
    /// <param name="op">What it computes.</param>
    /// <param name="level">From 1.</param>
    /// <param name="activation">What it reads, or for a dequantization writes.</param>
    /// <param name="tokens">Tokens to multiply.</param>
    /// <param name="architecture">The highest architecture to use, as <see cref="CudaKernelEntry.Architecture"/>.</param>
    /// <returns>The kernel, of the newest architecture where several take as many tokens, or null where the format has none.</returns>
    public CudaKernelEntry? Find(KernelOp op, int level, ActivationKind activation, int tokens, int architecture)
    {
        CudaKernelEntry? best = null;
        foreach (CudaKernelEntry kernel in Kernels)
        {
            if (kernel.Op != op || kernel.Level != level || kernel.Activation != activation || kernel.Architecture > architecture) continue;
            if (best is null || IsBetter(kernel, best, tokens)) best = kernel;
        }

        return best;
    }

    private static bool IsBetter(CudaKernelEntry kernel, CudaKernelEntry best, int tokens)
    {
        if (kernel.TokenTile == best.TokenTile) return kernel.Architecture > best.Architecture;
        return best.TokenTile < tokens ? kernel.TokenTile > best.TokenTile : kernel.TokenTile >= tokens && kernel.TokenTile < best.TokenTile;
    }
}
