extern alias runtime;

using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Dropwise.Generators.Tests.Hosting;

/// <summary>Compilations of declared formats against the assemblies that users reference.</summary>
internal static class FormatCompilation
{
    private static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.CSharp14, DocumentationMode.Diagnose);

    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
            .Select(static path => MetadataReference.CreateFromFile(path)),
        MetadataReference.CreateFromFile(typeof(runtime::Dropwise.QuantFormatAttribute).Assembly.Location),
        MetadataReference.CreateFromFile(typeof(runtime::Dropwise.Cpu.FormatRow).Assembly.Location),
    ];

    /// <summary>Compiles sources, each a file, as a project that allows unsafe code unless one of them ends in <see cref="Rules.RuleCases.SafeCode"/>.</summary>
    public static CSharpCompilation Of(params string[] sources) => CSharpCompilation.Create(
        "Formats",
        sources.Select((source, i) => Parse("using Dropwise;\n" + source, $"File{i}.cs")),
        References,
        new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            nullableContextOptions: NullableContextOptions.Enable,
            generalDiagnosticOption: ReportDiagnostic.Error)
            .WithAllowUnsafe(!sources.Any(static s => s.EndsWith(Rules.RuleCases.SafeCode, StringComparison.Ordinal))));

    /// <summary>Parses one file.</summary>
    public static SyntaxTree Parse(string source, string path) => CSharpSyntaxTree.ParseText(source, ParseOptions, path);

    /// <summary>A driver of the generator that records what each step did.</summary>
    public static GeneratorDriver Driver() => CSharpGeneratorDriver.Create(
        [new QuantFormatGenerator().AsSourceGenerator()],
        parseOptions: ParseOptions,
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
}
