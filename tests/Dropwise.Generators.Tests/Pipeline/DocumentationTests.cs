using Dropwise.Generators.Emit.Registry;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;
using Dropwise.Generators.Tests.Hosting;

namespace Dropwise.Generators.Tests.Pipeline;

public sealed class DocumentationTests
{
    private static readonly FormatSpec Spec = new()
    {
        Namespace = "My", TypeName = "Int4", Name = "int4", Kind = CodeKind.Uniform, CodeBits = 4, Signed = false,
        LookupValues = default, CodebookCount = 1, Dimension = 1, Codeword = ScalarType.Float16, Scope = CodebookScope.Tensor,
        GroupSize = 64, GroupScale = ScalarType.Float16, Zero = ZeroPoint.Original, SecondLevel = null, Outliers = null, OutputScale = null, Nested = false, Rotation = Rotation.None,
    };

    [Fact]
    public void A_type_documents_formula_geometry_bits_and_offsets()
    {
        string row = Generation.Of(Samples.Uniform).Files["my_int4.row.g.cs"];
        Assert.Contains("ŵ = s · (q − z)", row, StringComparison.Ordinal);
        Assert.Contains("one unsigned code of 4 bits for an input, a Float16 scale for 32 inputs", row, StringComparison.Ordinal);
        Assert.Contains("Bits a weight of a large matrix: 4.625.", row, StringComparison.Ordinal);
        Assert.Contains(
            "<c>scales</c>, level 1: Float16 [⌈N / 64⌉, ⌈K / 32⌉, 64]; tile t begins at byte t · 128 · ⌈K / 32⌉",
            row,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_nested_type_documents_the_bits_of_each_level() =>
        Assert.Contains("1 at level 1, 2 at level 2, 3 at level 3.", Generation.Of(Samples.Nested).Files["my_nested.row.g.cs"], StringComparison.Ordinal);

    [Fact]
    public void Both_scales_of_a_format_are_in_its_formula()
    {
        KernelPlan plan = Lowerer.Lower(Spec with { OutputScale = ScalarType.Float32 });
        Assert.Contains("<para>Value: <c>ŵ = r · (s · (q − z))</c>.</para>", FormatDocumentation.Of(plan));
    }

    [Fact]
    public void A_layout_that_disagrees_with_its_declaration_does_not_compile()
    {
        KernelPlan plan = Lowerer.Lower(Spec);
        Assert.Empty(Generation.Of(SizesOf(plan)).Problems);

        // As if lowering had forgotten that a group also has a zero point.
        StreamPlan[] forgetful = [.. plan.Layout.Streams.Where(static s => s.Name != "zeros")];
        KernelPlan wrong = plan with { Layout = plan.Layout with { Streams = new EquatableArray<StreamPlan>(forgetful) } };
        Assert.Equal("CS0031", Assert.Single(Generation.Of(SizesOf(wrong)).Problems).Id);
    }

    private static string SizesOf(KernelPlan plan)
    {
        var writer = new SourceWriter();
        using (writer.Block("internal static class Sizes")) SizeAssertion.Write(writer, plan);
        return writer.ToString();
    }
}
