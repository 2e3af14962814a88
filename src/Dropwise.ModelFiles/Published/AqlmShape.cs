namespace Dropwise.ModelFiles;

/// <summary>What AQLM calls MxB with groups of g.</summary>
/// <param name="Codebooks">M.</param>
/// <param name="Bits">B, bits of a code.</param>
/// <param name="Group">g, inputs that a codeword describes.</param>
internal sealed record AqlmShape(int Codebooks, int Bits, int Group)
{
    /// <summary>The attributes that declare a format of this shape.</summary>
    public string Attributes => $"[AdditiveCodebook(Count = {Codebooks}, CodeBits = {Bits}, Dimension = {Group})] [OutputScale(ScalarType.Float16)]";

    /// <summary>The element types that codes may be published in: the smallest container, or a wider one.</summary>
    public ReadOnlySpan<TensorType> CodeTypes => Bits <= 8 ? [TensorType.Int8, TensorType.UInt8] : [TensorType.Int16, TensorType.Int32];

    /// <summary>Whether a format is declared by these attributes.</summary>
    /// <param name="format">The format.</param>
    public bool IsDeclaredBy(FormatDescriptor format) => format is
    {
        Kind: CodeKind.Additive, Codeword: ScalarType.Float16, Scope: CodebookScope.Tensor, OutputScale: ScalarType.Float16, Nested: false, Rotation: Rotation.None,
    } && format.CodebookCount == Codebooks && format.CodeBits == Bits && format.Dimension == Group;

    /// <inheritdoc/>
    public override string ToString() => $"codes {Codebooks}x{Bits} of groups of {Group} inputs";
}
