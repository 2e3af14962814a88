using System.Text;
using Dropwise.Generators.Emit;
using Dropwise.Generators.Emit.CSharp;
using Dropwise.Generators.Emit.Registry;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Dropwise.Generators;

/// <summary>
/// Expands every type annotated with <c>QuantFormat</c> into packer, kernels and registry row. Wiring only: what each step does is in
/// the folder of its name, and what a declaration may not say is in the analyzers.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class QuantFormatGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        // Parse: symbols to equatable models. An illegal declaration yields nothing here and a diagnostic from its analyzer.
        IncrementalValuesProvider<FormatSpec> parsed = context.SyntaxProvider
            .ForAttributeWithMetadataName(
                KnownAttributes.QuantFormat,
                static (node, _) => node is TypeDeclarationSyntax,
                static (candidate, token) => FormatParser.Parse(candidate, token))
            .Where(static spec => spec is not null)
            .Select(static (spec, _) => spec!)
            .WithTrackingName(TrackingNames.Parse);

        // Names are unique in an assembly, because files and registry rows are named by them.
        IncrementalValuesProvider<FormatSpec> formats = parsed
            .Collect()
            .SelectMany(static (specs, _) => DistinctFormats.Of(specs))
            .WithTrackingName(TrackingNames.Distinct);

        // Lower and emit one format at a time, so that editing one format leaves the others alone.
        IncrementalValuesProvider<EquatableArray<GeneratedFile>> files = formats
            .Select(static (spec, _) => Lowerer.Lower(spec))
            .WithTrackingName(TrackingNames.Lower)
            .Select(static (plan, _) => FormatFiles.Emit(plan))
            .WithTrackingName(TrackingNames.Emit);
        context.RegisterSourceOutput(files, static (production, formatFiles) =>
        {
            foreach (GeneratedFile file in formatFiles) Add(production, file);
        });

        // The assembly's table names types only: a change inside a format does not touch it.
        IncrementalValueProvider<string?> rootNamespace = context.AnalyzerConfigOptionsProvider
            .Select(static (options, _) => FormatTable.RootNamespaceOf(options.GlobalOptions))
            .WithTrackingName(TrackingNames.RootNamespace);
        IncrementalValueProvider<GeneratedFile?> table = formats
            .Select(static (spec, _) => FormatName.Of(spec))
            .Collect()
            .Combine(rootNamespace)
            .Select(static (input, _) => FormatTable.Emit(input.Left, input.Right))
            .WithTrackingName(TrackingNames.Table);
        context.RegisterSourceOutput(table, static (production, file) =>
        {
            if (file is not null) Add(production, file);
        });
    }

    // UTF-8 is what lets a debugger embed the text.
    private static void Add(SourceProductionContext production, GeneratedFile file) =>
        production.AddSource(file.HintName, SourceText.From(file.Text, Encoding.UTF8));
}
