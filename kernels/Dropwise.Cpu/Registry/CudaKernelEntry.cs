namespace Dropwise.Cpu;

/// <summary>One generated CUDA kernel of a format.</summary>
public sealed record CudaKernelEntry
{
    /// <summary>
    /// The name of the entry point: <c>&lt;op&gt;_&lt;format&gt;_l&lt;level&gt;_&lt;activation&gt;_t&lt;rows&gt;x&lt;tokens&gt;_&lt;isa&gt;</c>.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>What it computes.</summary>
    public required KernelOp Op { get; init; }

    /// <summary>The level it serves, from 1: also the <c>LEVEL</c> of the unit that holds it.</summary>
    public required int Level { get; init; }

    /// <summary>What it reads in place of float32 activations; of a dequantization, the type that it writes.</summary>
    public required ActivationKind Activation { get; init; }

    /// <summary>Output rows of a tile.</summary>
    public required int RowTile { get; init; }

    /// <summary>Tokens of a tile; 0 of a dequantization.</summary>
    public required int TokenTile { get; init; }

    /// <summary>The first architecture that it runs on: 80, or 90 for code that only sm_90a compiles.</summary>
    public required int Architecture { get; init; }
}
