using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Dropwise.Generators.Parsing;

/// <summary>
/// An annotated type as written: what the rules of the language judge and the parser reads. It holds symbols and therefore lives for
/// one call only; <see cref="Model.FormatSpec"/> is what the pipeline keeps.
/// </summary>
internal sealed class FormatDeclaration
{
    private FormatDeclaration(INamedTypeSymbol type, AttributePart format, Compilation compilation)
    {
        Type = type;
        AllowsUnsafe = compilation.Options is CSharpCompilationOptions { AllowUnsafe: true };
        Format = format;
        Uniform = Part(KnownAttributes.UniformCode);
        Lookup = Part(KnownAttributes.LookupCode);
        Additive = Part(KnownAttributes.AdditiveCodebook);
        Group = Part(KnownAttributes.Group);
        SecondLevel = Part(KnownAttributes.SecondLevel);
        SparseOutliers = Part(KnownAttributes.SparseOutliers);
        Block = Part(KnownAttributes.Block);
        BlockFields = [.. Parts(KnownAttributes.BlockField)];
        OutputScale = Part(KnownAttributes.OutputScale);
        Nested = Part(KnownAttributes.Nested);
        InputRotation = Part(KnownAttributes.InputRotation);
    }

    /// <summary>The annotated type.</summary>
    public INamedTypeSymbol Type { get; }

    /// <summary>Whether the project compiles unsafe code.</summary>
    public bool AllowsUnsafe { get; }

    /// <summary><c>QuantFormat</c>.</summary>
    public AttributePart Format { get; }

    /// <summary><c>UniformCode</c>, or null.</summary>
    public AttributePart? Uniform { get; }

    /// <summary><c>LookupCode</c>, or null.</summary>
    public AttributePart? Lookup { get; }

    /// <summary><c>AdditiveCodebook</c>, or null.</summary>
    public AttributePart? Additive { get; }

    /// <summary><c>Group</c>, or null.</summary>
    public AttributePart? Group { get; }

    /// <summary><c>SecondLevel</c>, or null.</summary>
    public AttributePart? SecondLevel { get; }

    /// <summary><c>SparseOutliers</c>, or null.</summary>
    public AttributePart? SparseOutliers { get; }

    /// <summary><c>Block</c>, or null.</summary>
    public AttributePart? Block { get; }

    /// <summary>Every <c>BlockField</c>, in the order of the declaration.</summary>
    public ImmutableArray<AttributePart> BlockFields { get; }

    /// <summary><c>OutputScale</c>, or null.</summary>
    public AttributePart? OutputScale { get; }

    /// <summary><c>Nested</c>, or null.</summary>
    public AttributePart? Nested { get; }

    /// <summary><c>InputRotation</c>, or null.</summary>
    public AttributePart? InputRotation { get; }

    /// <summary>The attributes that say how a code becomes a value, in the order of the language's documentation.</summary>
    public ImmutableArray<AttributePart> CodeKinds => [.. new[] { Uniform, Lookup, Additive }.OfType<AttributePart>()];

    /// <summary>The declaration of a type, or null where the type declares no format.</summary>
    /// <param name="type">Any type.</param>
    /// <param name="compilation">The compilation that the type is declared in.</param>
    public static FormatDeclaration? Of(INamedTypeSymbol type, Compilation compilation)
    {
        foreach (AttributeData attribute in type.GetAttributes())
        {
            if (attribute.AttributeClass is { } candidate && Is(candidate, KnownAttributes.QuantFormat))
                return new FormatDeclaration(type, new AttributePart(attribute), compilation);
        }

        return null;
    }

    /// <summary>The parts of a format that a type carries, whether it declares a format or not.</summary>
    /// <param name="type">Any type.</param>
    public static IEnumerable<AttributePart> PartsOf(INamedTypeSymbol type) =>
        type.GetAttributes()
            .Where(static a => a.AttributeClass is { } candidate && KnownAttributes.Parts.Any(name => Is(candidate, name)))
            .Select(static a => new AttributePart(a));

    // The attributes are looked up in the assembly that defines QuantFormat, so that a type that merely has the same name is another attribute.
    private static bool Is(INamedTypeSymbol candidate, string metadataName) =>
        SymbolEqualityComparer.Default.Equals(candidate, candidate.ContainingAssembly.GetTypeByMetadataName(metadataName));

    private AttributePart? Part(string metadataName) => Parts(metadataName).FirstOrDefault();

    private IEnumerable<AttributePart> Parts(string metadataName) =>
        Type.GetAttributes().Where(a => a.AttributeClass is { } candidate && Is(candidate, metadataName)).Select(static a => new AttributePart(a));
}
