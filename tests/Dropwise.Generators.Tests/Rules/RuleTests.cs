using System.Collections.Immutable;
using Dropwise.Generators.Tests.Hosting;
using Microsoft.CodeAnalysis;

namespace Dropwise.Generators.Tests.Rules;

public sealed class RuleTests
{
    public static TheoryData<string, string, string> Illegal => new(RuleCases.Illegal.Select(static c => (c.Id, c.Phrase, c.Source)));

    public static TheoryData<string> Legal => new(RuleCases.Legal);

    [Theory]
    [MemberData(nameof(Illegal))]
    public async Task A_broken_rule_is_reported_once_at_the_fault_and_says_how_to_mend_it(string id, string phrase, string marked)
    {
        (string source, string[] faults) = RuleAnalysis.Unmark(marked);
        ImmutableArray<Diagnostic> found = await RuleAnalysis.RunAsync(source);
        Assert.Equal(faults, found.OrderBy(static d => d.Location.SourceSpan.Start).Select(Underlined));
        Assert.All(found, d => Assert.Equal(id, d.Id));
        Assert.All(found, d => Assert.Contains(phrase, d.GetMessage(), StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Illegal))]
    public void An_illegal_declaration_is_not_translated(string id, string phrase, string marked)
    {
        Assert.NotEmpty(phrase);
        Assert.True(Generation.Of(RuleAnalysis.Unmark(marked).Source).Files.Count == 0, $"{id}: a file was generated");
    }

    [Theory]
    [MemberData(nameof(Legal))]
    public async Task A_legal_declaration_is_translated_in_silence_to_code_that_compiles(string source)
    {
        Assert.Empty(await RuleAnalysis.RunAsync(source));
        Generation generation = Generation.Of(source);
        Assert.Empty(generation.Problems);
        Assert.Equal(source.Contains("QuantFormat", StringComparison.Ordinal), generation.Files.Count != 0);
    }

    [Fact]
    public void An_illegal_format_does_not_keep_others_from_being_translated()
    {
        Generation generation = Generation.Of(Samples.Uniform, RuleAnalysis.Unmark(RuleCases.Illegal[0].Source).Source);
        Assert.Contains(generation.Files.Keys, static name => name.Contains("my_int4", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_rule_has_a_case_and_ids_are_unique()
    {
        string[] ids = [.. RuleAnalysis.Analyzers.SelectMany(static a => a.SupportedDiagnostics).Select(static d => d.Id).Order(StringComparer.Ordinal)];
        Assert.Equal(ids.Distinct(), ids);
        Assert.Equal(ids, RuleCases.Illegal.Select(static c => c.Id).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_the_compiler_reports_already_is_not_translated()
    {
        // Bits is required: CS9035 says so, and no rule repeats it.
        Assert.Empty(Generation.Of("[QuantFormat(\"f\")] [UniformCode] [Group(32)] public readonly partial struct F;").Files);
        Assert.Empty(Generation.Of("[QuantFormat(null!)] [UniformCode(Bits = 4)] [Group(32)] public readonly partial struct F;").Files);
    }

    private static string Underlined(Diagnostic diagnostic) =>
        diagnostic.Location.SourceTree!.ToString().Substring(diagnostic.Location.SourceSpan.Start, diagnostic.Location.SourceSpan.Length);
}
