using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>Names go into method names, file names, tensor metadata and command lines.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class FormatNameSpelling() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0016",
        "Format name is not an identifier of lower-case letters",
        "'{0}' cannot name a format: use lower-case letters a-z, digits and underscores, first a letter, as in int4g32",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.Format.Text("Name") is { } name && !IsName(name)) yield return Violation.In(declaration.Format, "Name", name);
    }

    private static bool IsName(string name) =>
        name.Length != 0 && name[0] is >= 'a' and <= 'z' && name.All(static c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_');
}
