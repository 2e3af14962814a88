using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Tests.Lowering;

public sealed class AdditiveLoweringTests
{
    private static readonly FormatSpec Spec = new()
    {
        Namespace = "My", TypeName = "Sum", Name = "sum", Kind = CodeKind.Additive, CodeBits = 8, Signed = false,
        LookupValues = default, CodebookCount = 3, Dimension = 8, Codeword = ScalarType.Int8, Scope = CodebookScope.Tensor,
        GroupSize = 0, GroupScale = ScalarType.Float16, Zero = ZeroPoint.None, SecondLevel = null, Outliers = null, OutputScale = ScalarType.Float16, Nested = true,
        Rotation = Rotation.BlockHadamard,
    };

    [Fact]
    public void A_nested_format_has_a_stream_a_level_and_scales_at_the_first()
    {
        LayoutPlan layout = AdditiveLowering.Lower(Spec).Layout;
        Assert.Equal(["codes.1", "row_scales", "codes.2", "codes.3"], layout.Streams.Select(static s => s.Name));
        Assert.Equal([1, 1, 2, 3], layout.Streams.Select(static s => s.Level));
    }

    [Fact]
    public void Without_nesting_one_level_reads_all_codebooks()
    {
        KernelPlan plan = AdditiveLowering.Lower(Spec with { Nested = false });
        Assert.All(plan.Layout.Streams, static stream => Assert.Equal(1, stream.Level));
        Assert.All(plan.Kernels, static kernel => Assert.Equal(3, kernel.Semantics.OfType<AddCodebook>().Count()));
    }

    [Fact]
    public void A_level_adds_its_codebooks_and_no_other()
    {
        foreach (KernelDefinition kernel in AdditiveLowering.Lower(Spec).Kernels)
            Assert.Equal(kernel.Level, kernel.Semantics.OfType<AddCodebook>().Count());
    }

    [Fact]
    public void Inputs_are_rotated_before_tables_are_built()
    {
        KernelDefinition product = AdditiveLowering.Lower(Spec).Kernels.First(static k => k.Schedule is TableLookup && k.Level == 2);
        Assert.Equal([new RotateInputs(Rotation.BlockHadamard), new BuildProductTables(2)], product.Prologue);
    }

    [Theory]
    [InlineData(8, KernelIsa.Avx512Vbmi, TableSearch.Permutes)]
    [InlineData(8, KernelIsa.Avx512, TableSearch.Shuffles)]
    [InlineData(8, KernelIsa.Avx2, TableSearch.Shuffles)]
    [InlineData(8, KernelIsa.Scalar, TableSearch.Loads)]
    [InlineData(4, KernelIsa.Avx512, TableSearch.Shuffles)]
    internal void Entries_are_found_by_what_an_engine_does_best(int bits, KernelIsa isa, TableSearch expected)
    {
        KernelPlan plan = AdditiveLowering.Lower(Spec with { CodeBits = bits });
        Assert.Equal(expected, plan.Kernels.Where(k => k.Isa == isa).Select(static k => k.Schedule).OfType<TableLookup>().First().Search);
    }

    [Fact]
    public void Sixteen_entries_need_no_kernel_of_their_own_for_VBMI() =>
        Assert.DoesNotContain(AdditiveLowering.Lower(Spec with { CodeBits = 4 }).Kernels, static k => k.Isa == KernelIsa.Avx512Vbmi);

    [Fact]
    public void The_segments_of_a_chunk_are_all_its_runs_and_fit_16_bit_sums()
    {
        TableChunk chunk = AdditiveLowering.Lower(Spec).Kernels.Select(static k => k.Schedule).OfType<TableBuild>().First().Chunk;
        Assert.Equal(TableChunk.Runs, chunk.Segments.Sum());
        Assert.True(chunk.Segments.Max() * 128 <= short.MaxValue);
        Assert.True(chunk.Segments.Count * sizeof(float) <= TableChunk.OrderOffset);
        Assert.True(TableChunk.OrderOffset + TableChunk.Runs <= TableChunk.HeaderBytes);
    }
}
