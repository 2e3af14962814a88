using System.Diagnostics;
using System.Globalization;
using Dropwise.Generators.Tests.Hosting;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Dropwise.Generators.Tests.Pipeline;

public sealed class OutputTests
{
    [Fact]
    public void Generated_code_compiles_without_a_warning() => Assert.Empty(Generation.Of(Samples.All).Problems);

    [Fact]
    public void A_format_in_the_global_namespace_compiles() =>
        Assert.Empty(Generation.Of(Samples.Uniform.Replace("namespace My.Formats;", "", StringComparison.Ordinal)).Problems);

    [Fact]
    public void Attributes_may_stand_on_several_parts_of_the_type() =>
        Assert.Empty(Generation.Of(
            "namespace A;\n/// <summary>A.</summary>\n[QuantFormat(\"a\")] [UniformCode(Bits = 3)]\npublic readonly partial struct A;",
            "namespace A;\n[Group(128)]\nreadonly partial struct A;").Problems);

    [Fact]
    public void A_keyword_may_name_the_type() =>
        Assert.Empty(Generation.Of(Samples.Uniform.Replace("MyInt4;", "@fixed;", StringComparison.Ordinal)).Problems);

    [Fact]
    public void Assemblies_without_a_format_get_no_file() => Assert.Empty(Generation.Of("internal static class Nothing;").Files);

    [Fact]
    public void The_table_lists_the_formats_in_ordinal_order_in_the_namespace_they_share()
    {
        string table = Generation.Of(Samples.All).Files["FormatTable.g.cs"];
        Assert.Contains("namespace My.Formats;\n", table, StringComparison.Ordinal);
        int[] places = [.. new[] { "MyInt4.Row", "MyNested.Row", "MyTable.Row" }.Select(name => table.IndexOf(name, StringComparison.Ordinal))];
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }

    [Theory]
    [InlineData("fi-FI")]
    [InlineData("tr-TR")]
    public void Output_does_not_depend_on_the_culture(string name)
    {
        string[][] inputs = [Samples.All, .. Rules.RuleCases.Legal.Select(static source => new[] { source })];
        var expected = inputs.Select(static sources => Generation.Of(sources).Files).ToArray();
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(name);

            // Both cultures write a decimal comma, and one of them another minus sign; without their data this test could not fail.
            Assert.Equal("0,5", 0.5.ToString(CultureInfo.CurrentCulture));
            foreach ((string[] sources, var files) in inputs.Zip(expected))
            {
                foreach ((string file, string text) in Generation.Of(sources).Files) Assert.Equal(files[file], text);
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Lines_end_in_a_line_feed_and_carry_no_trailing_space()
    {
        foreach ((string file, string text) in Generation.Of(Samples.All).Files)
        {
            Assert.DoesNotContain('\r', text);
            Assert.EndsWith("\n", text, StringComparison.Ordinal);
            Assert.All(text.Split('\n'), line => Assert.True(line.TrimEnd() == line, $"{file}: '{line}'"));
        }
    }

    [Theory]
    [InlineData(nameof(Samples.Uniform))]
    [InlineData(nameof(Samples.Lookup))]
    [InlineData(nameof(Samples.Nested))]
    [Trait("Category", "Speed")]
    public void One_format_is_generated_in_less_than_100_ms(string sample)
    {
        string source = (string)typeof(Samples).GetField(sample)!.GetRawConstantValue()!;
        CSharpCompilation compilation = FormatCompilation.Of(source);

        // The first runs compile the generator itself. The best of several is what a quiet machine needs.
        TimeSpan best = Enumerable.Range(0, 12).Min(_ =>
        {
            GeneratorDriver driver = FormatCompilation.Driver();
            long start = Stopwatch.GetTimestamp();
            driver.RunGenerators(compilation, TestContext.Current.CancellationToken);
            return Stopwatch.GetElapsedTime(start);
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{sample}: {best.TotalMilliseconds:F1} ms");
        Assert.True(best < TimeSpan.FromMilliseconds(100), $"{best.TotalMilliseconds:F1} ms");
    }
}
