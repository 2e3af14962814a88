using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Model;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>The fields of a block fill it to the last bit, and give every element each of its bits, once.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class BlockFields() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0032",
        "Fields do not make a block",
        "the fields of a block must fill it, and give every element each bit, once: {0}",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.Block is not { } block)
        {
            foreach (AttributePart field in declaration.BlockFields) yield return Violation.At(field, "add Block, or remove the field");
            yield break;
        }

        // What other rules report would only be repeated here.
        if (BlockParser.Read(declaration) is not { } spec || new BlockShape().Check(declaration).Any()) yield break;
        var coverage = new BlockCoverage(declaration, spec);
        for (int i = 0; i < spec.Fields.Count; i++)
        {
            if (coverage.Add(spec.Fields[i]) is { } fault)
            {
                yield return Violation.At(declaration.BlockFields[i], fault);
                yield break;
            }
        }

        if (coverage.Missing() is { } missing) yield return Violation.At(block, missing);
    }
}
