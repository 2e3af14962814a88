using System.Linq;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>One step from stored bytes to weights; a kernel's steps are the same for all engines.</summary>
internal abstract record SemanticStep
{
    /// <summary>What the step does, for the documentation of generated kernels.</summary>
    public abstract string Summary { get; }
}

/// <summary>Reads a code.</summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="Bits">Bits of a code.</param>
/// <param name="TwosComplement">Whether the stored field is signed; otherwise it is in [0, 2^Bits).</param>
internal sealed record LoadCodes(string Stream, int Bits, bool TwosComplement) : SemanticStep
{
    /// <inheritdoc/>
    public override string Summary => $"load {Bits}-bit codes";
}

/// <summary>Assembles the code from bit planes.</summary>
/// <param name="Planes">The planes, lowest bits first.</param>
internal sealed record Unpack(EquatableArray<CodePlane> Planes) : SemanticStep
{
    /// <inheritdoc/>
    public override string Summary => $"unpack planes of {string.Join(" + ", Planes.Select(static plane => plane.Bits))} bits";
}

/// <summary>Assembles the code from the fields of somebody else's block.</summary>
/// <param name="Block">The block.</param>
internal sealed record UnpackBlock(BlockSpec Block) : SemanticStep
{
    /// <inheritdoc/>
    public override string Summary => $"unpack blocks of {Block.Inputs} inputs and {Block.Bytes} bytes";
}

/// <summary>Replaces the code by a table's value.</summary>
/// <param name="Values">The values in order of the code.</param>
internal sealed record Lookup(EquatableArray<float> Values) : SemanticStep
{
    /// <inheritdoc/>
    public override string Summary => $"look up {Values.Count} values";
}

/// <summary>Replaces the code by a table's value, which is a small integer times a power of two.</summary>
/// <param name="Values">The integers in order of the code, each in a signed byte.</param>
/// <param name="Scale">The power of two.</param>
internal sealed record LookupIntegers(EquatableArray<int> Values, float Scale) : SemanticStep
{
    /// <inheritdoc/>
    public override string Summary => $"look up {Values.Count} integers";
}

/// <summary>Adds the codeword that the code selects to a run of weights.</summary>
/// <param name="Codebook">0 to M − 1.</param>
/// <param name="Dimension">Weights a codeword.</param>
/// <param name="Codeword">The type of a codeword's elements; integers carry a factor a codebook.</param>
internal sealed record AddCodebook(int Codebook, int Dimension, ScalarType Codeword) : SemanticStep
{
    /// <inheritdoc/>
    public override string Summary => $"add codeword of codebook {Codebook + 1}";
}

/// <summary>Subtracts the same integer from every code: how signed codes are stored without a sign.</summary>
/// <param name="Zero">The integer.</param>
internal sealed record SubtractConstant(int Zero) : SemanticStep
{
    /// <inheritdoc/>
    public override string Summary => $"subtract {Zero}";
}

/// <summary>Subtracts the group's integer zero point.</summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="Planes">The bit planes of a zero point.</param>
internal sealed record SubtractGroupZero(string Stream, EquatableArray<CodePlane> Planes) : SemanticStep
{
    /// <inheritdoc/>
    public override string Summary => "subtract the group's zero";
}

/// <summary>Multiplies by a scale.</summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="Type">The scale's type.</param>
/// <param name="GroupSize">Inputs that share it; 0 where it is the row's.</param>
internal sealed record ApplyScale(string Stream, ScalarType Type, int GroupSize) : SemanticStep
{
    /// <inheritdoc/>
    public override string Summary => GroupSize == 0 ? "multiply by the row's scale" : $"multiply by the scale of {GroupSize} inputs";
}

/// <summary>Adds the group's offset, after the scale.</summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="Type">The offset's type.</param>
internal sealed record AddGroupOffset(string Stream, ScalarType Type) : SemanticStep
{
    /// <inheritdoc/>
    public override string Summary => "add the group's offset";
}

/// <summary>
/// Decodes scale and zero of a group from their codes and the statistics that rows share, s = S_s · (s_q − Z_s) and
/// z = S_z · (z_q − Z_z), and applies them: s · (q − z).
/// </summary>
/// <param name="Codes">The stream of quantized scales and zeros.</param>
/// <param name="Statistics">The stream of statistics.</param>
/// <param name="Bits">Bits of a quantized scale, and of a quantized zero.</param>
/// <param name="GroupSize">Inputs of a group.</param>
/// <param name="GroupRows">Rows that share statistics.</param>
internal sealed record ApplyStatistics(string Codes, string Statistics, int Bits, int GroupSize, int GroupRows) : SemanticStep
{
    /// <inheritdoc/>
    public override string Summary => $"decode scale and zero of {GroupSize} inputs by the statistics of {GroupRows} rows, subtract the zero, multiply by the scale";
}

/// <summary>Decodes scale and offset of a group from their codes and the steps of the block, s = S · s_q and o = −O · o_q, and multiplies by the scale.</summary>
/// <param name="ScaleBits">Bits of a quantized scale.</param>
/// <param name="ZeroBits">Bits of a quantized offset; 0 where there are none.</param>
/// <param name="GroupSize">Inputs of a group.</param>
internal sealed record ApplyBlockSteps(int ScaleBits, int ZeroBits, int GroupSize) : SemanticStep
{
    /// <inheritdoc/>
    public override string Summary => $"decode the {ScaleBits}-bit scale{(ZeroBits == 0 ? "" : " and offset")} of {GroupSize} inputs by the block's steps, multiply by the scale";
}

/// <summary>Replaces some weights by values of their own.</summary>
/// <param name="Jobs">The stream of the jobs' ends.</param>
/// <param name="Entries">The stream of values and places.</param>
internal sealed record ReplaceOutliers(string Jobs, string Entries) : SemanticStep
{
    /// <inheritdoc/>
    public override string Summary => "replace outliers";
}
