using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>Kernels read memory through pointers.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class UnsafeCode() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0024",
        "The project does not allow unsafe code",
        "the kernels of '{0}' read memory through pointers: add <AllowUnsafeBlocks>true</AllowUnsafeBlocks> to the project",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (!declaration.AllowsUnsafe) yield return Violation.At(declaration.Format, declaration.Type.Name);
    }
}
