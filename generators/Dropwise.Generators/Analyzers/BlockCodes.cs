using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>Kernels of blocks multiply signed bytes, and a block carries everything that its weights follow from.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class BlockCodes() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0031",
        "Block has parts that it cannot carry",
        "a block's weights are signed bytes and scales of the block: {0}",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    private const int SignedByteBits = 7;

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.Block is null) yield break;
        if (declaration.Uniform is { } uniform && !uniform.Flag("Signed") && uniform.Integer("Bits") > SignedByteBits)
            yield return Violation.In(uniform, "Bits", "use at most 7 Bits, or Signed = true");
        if (declaration.Lookup is { } lookup && lookup.Floats("Values") is { IsDefault: false } values && BlockLowering.IntegerShift(values) is null)
            yield return Violation.In(lookup, "Values", "use values that are integers up to 127 after a multiplication with 1, 2, 4, … 128");
        foreach (AttributePart? part in (AttributePart?[])[declaration.Additive, declaration.OutputScale, declaration.SparseOutliers, declaration.InputRotation])
        {
            if (part is not null) yield return Violation.At(part, $"remove {part.Name}");
        }
    }
}
