using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>An input rotation rotates.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class RotationIsOne() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0023",
        "InputRotation without a rotation",
        "Rotation.None leaves the inputs as they are: remove InputRotation, or use Rotation.BlockHadamard",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.InputRotation is { } rotation && rotation.Choice<Rotation>("Rotation") == Rotation.None)
            yield return Violation.In(rotation, "Rotation");
    }
}
