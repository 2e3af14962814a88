namespace Dropwise.Generators.Lowering;

/// <summary>One stage that turns float32 activations into what a kernel reads; a driver runs each once for an input.</summary>
internal abstract record PrologueStage
{
    /// <summary>What the activations become, for the documentation of generated kernels.</summary>
    public abstract string Summary { get; }
}

/// <summary>Rotates the inputs: x becomes V·x.</summary>
/// <param name="Rotation">The transform V.</param>
internal sealed record RotateInputs(Rotation Rotation) : PrologueStage
{
    /// <inheritdoc/>
    public override string Summary => "rotated";
}

/// <summary>Rounds a block of inputs to integers with one float32 scale, and sums the block for zero points.</summary>
/// <param name="Bits">8 or 16.</param>
/// <param name="Block">Inputs that share the scale.</param>
/// <param name="Largest">The integer that the block's largest magnitude becomes.</param>
internal sealed record QuantizeInputs(int Bits, int Block, int Largest) : PrologueStage
{
    /// <inheritdoc/>
    public override string Summary => $"{Bits}-bit integers in ±{Largest} with a scale every {Block}";
}

/// <summary>Builds, for each run of inputs and codebook, the partial dots with all codewords.</summary>
/// <param name="Codebooks">Codebooks that the level reads.</param>
internal sealed record BuildProductTables(int Codebooks) : PrologueStage
{
    /// <inheritdoc/>
    public override string Summary => $"product tables of {Codebooks} codebooks";
}
