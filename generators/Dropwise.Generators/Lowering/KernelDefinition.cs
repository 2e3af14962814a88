using System.Globalization;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>One kernel: what it computes (<see cref="Semantics"/>) and how (<see cref="Schedule"/>).</summary>
internal sealed record KernelDefinition
{
    /// <summary>The format's name.</summary>
    public required string Format { get; init; }

    /// <summary>What it computes.</summary>
    public required KernelOp Op { get; init; }

    /// <summary>The level it serves, from 1.</summary>
    public required int Level { get; init; }

    /// <summary>The instruction set it is written for.</summary>
    public required KernelIsa Isa { get; init; }

    /// <summary>What it reads in place of float32 activations.</summary>
    public required ActivationKind Activation { get; init; }

    /// <summary>Rows of a tile.</summary>
    public required int TileRows { get; init; }

    /// <summary>Tokens of a tile; 0 where a kernel takes one token, any number, or none.</summary>
    public int TileTokens { get; init; }

    /// <summary>What happens to the activations before the first tile, once for all matrices that read the same input.</summary>
    public required EquatableArray<PrologueStage> Prologue { get; init; }

    /// <summary>What a code means, as steps from the stored bytes to the weight.</summary>
    public required EquatableArray<SemanticStep> Semantics { get; init; }

    /// <summary>The strategy that one engine computes it by.</summary>
    public required Schedule Schedule { get; init; }

    /// <summary>
    /// The name by the grammar <c>&lt;op&gt;_&lt;format&gt;_l&lt;level&gt;_&lt;activation&gt;_t&lt;tile&gt;_&lt;isa&gt;</c>; the generated function has it too.
    /// </summary>
    public string Name => string.Format(
        CultureInfo.InvariantCulture, "{0}_{1}_l{2}_{3}_t{4}_{5}", Spelling.Of(Op), Format, Level, Spelling.Of(Activation), Tile, Spelling.Of(Isa));

    private string Tile => TileTokens == 0
        ? TileRows.ToString(CultureInfo.InvariantCulture)
        : string.Format(CultureInfo.InvariantCulture, "{0}x{1}", TileRows, TileTokens);
}
