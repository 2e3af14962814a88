using System.Threading;
using Dropwise.Generators.Analyzers;
using Dropwise.Generators.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Dropwise.Generators.Parsing;

/// <summary>Reads an annotated type into a <see cref="FormatSpec"/>. Symbols stop here.</summary>
internal static class FormatParser
{
    /// <summary>Reads one candidate.</summary>
    /// <param name="candidate">A type that carries <c>QuantFormat</c>.</param>
    /// <param name="token">Stops the work when the source changes meanwhile.</param>
    /// <returns>The format, or null where a rule of the language is broken: then its analyzer, or the compiler, says so.</returns>
    public static FormatSpec? Parse(GeneratorAttributeSyntaxContext candidate, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        return candidate.TargetSymbol is INamedTypeSymbol type && FormatDeclaration.Of(type, candidate.SemanticModel.Compilation) is { } declaration
            && FormatRules.Allow(declaration)
            ? Read(declaration)
            : null;
    }

    private static FormatSpec? Read(FormatDeclaration declaration)
    {
        CodeKind kind = declaration.Additive is not null ? CodeKind.Additive
            : declaration.Lookup is not null ? CodeKind.Lookup
            : CodeKind.Uniform;
        int? bits = kind switch
        {
            CodeKind.Additive => declaration.Additive!.Integer("CodeBits"),
            CodeKind.Lookup => declaration.Lookup!.Integer("Bits"),
            _ => declaration.Uniform?.Integer("Bits"),
        };
        int? count = kind == CodeKind.Additive ? declaration.Additive!.Integer("Count") : 1;
        int? dimension = kind == CodeKind.Additive ? declaration.Additive!.Integer("Dimension") : 1;
        int? group = declaration.Group is null ? 0 : declaration.Group.Integer("Size");

        // A required argument that is missing or not a constant is the compiler's own error.
        if (declaration.Format.Text("Name") is not { } name || bits is null || count is null || dimension is null || group is null) return null;

        if (declaration.SecondLevel is { } level && (level.Integer("ScaleBits") is null || level.Integer("ZeroBits") is null)) return null;

        BlockSpec? block = BlockParser.Read(declaration);
        if (declaration.Block is not null && block is null) return null;

        INamedTypeSymbol type = declaration.Type;
        return new FormatSpec
        {
            Namespace = type.ContainingNamespace.IsGlobalNamespace ? "" : type.ContainingNamespace.ToDisplayString(),
            TypeName = SyntaxFacts.GetKeywordKind(type.Name) == SyntaxKind.None ? type.Name : "@" + type.Name,
            Name = name,
            Kind = kind,
            CodeBits = bits.Value,
            Signed = declaration.Uniform?.Flag("Signed") ?? false,
            LookupValues = new EquatableArray<float>(declaration.Lookup?.Floats("Values") ?? []),
            CodebookCount = count.Value,
            Dimension = dimension.Value,

            // These are the defaults of the attributes' own properties, which the compiler does not write into the arguments.
            Codeword = declaration.Additive?.Choice<ScalarType>("Codeword") ?? ScalarType.Float16,
            Scope = declaration.Additive?.Choice<CodebookScope>("Scope") ?? CodebookScope.Tensor,
            GroupSize = group.Value,
            GroupScale = declaration.Group?.Choice<ScalarType>("Scale") ?? ScalarType.Float16,
            Zero = declaration.Group?.Choice<ZeroPoint>("Zero") ?? ZeroPoint.None,
            SecondLevel = declaration.SecondLevel is null ? null : SecondLevel(declaration.SecondLevel),
            Block = block,
            Outliers = declaration.SparseOutliers is null ? null : Outliers(declaration.SparseOutliers),
            OutputScale = declaration.OutputScale?.Choice<ScalarType>("Type"),
            Nested = declaration.Nested is not null,
            Rotation = declaration.InputRotation?.Choice<Rotation>("Rotation") ?? Rotation.None,
        };
    }

    private static SecondLevelSpec SecondLevel(AttributePart part) => new(
        part.Integer("ScaleBits")!.Value,
        part.Integer("ZeroBits")!.Value,
        part.Integer("GroupRows") ?? 16,
        part.Choice<ScalarType>("Stat") ?? ScalarType.Float16);

    private static OutlierSpec Outliers(AttributePart part) => new(
        part.Choice<ScalarType>("Value") ?? ScalarType.Float16,
        part.Integer("Index") ?? 16,
        part.Choice<OutlierLayout>("Layout") ?? OutlierLayout.Jobs);
}
