using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>Codewords are float16, or, where a product reads them from tables, int8 with a scale a codebook.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class CodewordType() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0010",
        "Codeword type is not supported",
        "codewords of type {0}{1} are not supported: use ScalarType.Float16{2}",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.Additive is not { } additive || additive.Choice<ScalarType>("Codeword") is not { } type) yield break;
        if (type is not (ScalarType.Float16 or ScalarType.Int8))
            yield return Violation.In(additive, "Codeword", type, "", " or ScalarType.Int8");
        else if (type == ScalarType.Int8 && additive.Integer("CodeBits") > 8)
            yield return Violation.In(additive, "Codeword", type, " beside codes of more than 8 bits", "");
    }
}
