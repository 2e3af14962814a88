using System.Collections.Immutable;
using Dropwise.Generators.Parsing;

namespace Dropwise.Generators.Analyzers;

/// <summary>All rules that judge one declaration, for the generator: what an analyzer reports is not translated.</summary>
internal static class FormatRules
{
    private static readonly ImmutableArray<FormatAnalyzer> All =
    [
        new MissingCodeKind(),
        new SeveralCodeKinds(),
        new CodeBitsRange(),
        new LookupTableSize(),
        new LookupTableOrder(),
        new GroupSize(),
        new MissingScale(),
        new CodebookDimension(),
        new CodebookCount(),
        new CodewordType(),
        new NestedNeedsCodebooks(),
        new TypeIsPartial(),
        new TypeIsReadonlyStruct(),
        new TypeIsTopLevel(),
        new FormatNameSpelling(),
        new QuantizedZero(),
        new GroupOnAdditive(),
        new ZeroPointCodes(),
        new ScaleType(),
        new DeclaredChoice(),
        new RotationIsOne(),
        new UnsafeCode(),
        new SecondLevelCodes(),
        new SecondLevelBits(),
        new SecondLevelShape(),
        new OutlierCodes(),
        new OutlierEntry(),
        new BlockShape(),
        new BlockCodes(),
        new BlockFields(),
    ];

    /// <summary>Whether a declaration keeps every rule.</summary>
    /// <param name="declaration">The declaration.</param>
    public static bool Allow(FormatDeclaration declaration) => All.All(rule => !rule.Check(declaration).Any());
}
