using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>Codewords have a length that kernels load as whole vectors.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class CodebookDimension() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0008",
        "Codebook dimension is not 4, 8 or 16",
        "a codeword of {0} weights{1} is not supported: use a Dimension of {2}",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.Additive is not { } additive || additive.Integer("Dimension") is not { } dimension) yield break;
        if (dimension is not (4 or 8 or 16))
            yield return Violation.In(additive, "Dimension", dimension, "", "4, 8 or 16");

        // A wide code that stands for four weights costs as much as four-bit integers, which need no codebook.
        else if (dimension == 4 && additive.Integer("CodeBits") > 8)
            yield return Violation.In(additive, "Dimension", dimension, " beside codes of more than 8 bits", "8 or 16");
    }
}
