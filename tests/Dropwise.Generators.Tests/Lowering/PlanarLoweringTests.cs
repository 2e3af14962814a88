using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Tests.Lowering;

public sealed class PlanarLoweringTests
{
    private static readonly FormatSpec Spec = new()
    {
        Namespace = "My", TypeName = "Int4", Name = "int4", Kind = CodeKind.Uniform, CodeBits = 4, Signed = false,
        LookupValues = default, CodebookCount = 1, Dimension = 1, Codeword = ScalarType.Float16, Scope = CodebookScope.Tensor,
        GroupSize = 64, GroupScale = ScalarType.Float16, Zero = ZeroPoint.Original, SecondLevel = null, Outliers = null, OutputScale = null, Nested = false, Rotation = Rotation.None,
    };

    [Theory]
    [InlineData(2, "2")]
    [InlineData(3, "2+1")]
    [InlineData(4, "4")]
    [InlineData(5, "4+1")]
    [InlineData(6, "4+2")]
    [InlineData(7, "4+2+1")]
    [InlineData(8, "8")]
    public void Bits_are_split_into_planes_that_cover_the_code_once(int bits, string widths)
    {
        EquatableArray<CodePlane> planes = CodePlane.Split(bits);
        Assert.Equal(widths, string.Join('+', planes.Select(static p => p.Bits)));
        Assert.Equal((1 << bits) - 1, planes.Sum(static p => p.Mask << p.Shift));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void Byte_products_are_widened_before_16_bits_overflow_and_not_much_earlier(int bits)
    {
        int products = Plan(Spec with { CodeBits = bits }).Kernels.Select(static k => k.Schedule).OfType<PlanarByteGemv>().First().ProductsBeforeWidening;
        int pair = ((1 << bits) - 1) * 127 * 2;
        Assert.True(products * pair <= short.MaxValue);
        Assert.True(products == 8 || 2 * products * pair > short.MaxValue);
    }

    [Fact]
    public void A_table_in_16_bits_keeps_32_products_inside_32_bits()
    {
        FormatSpec format = Spec with { Kind = CodeKind.Lookup, CodeBits = 2, LookupValues = new EquatableArray<float>([-3, -1, 1, 2]), Zero = ZeroPoint.None };
        PlanarWordGemv schedule = Plan(format).Kernels.Select(static k => k.Schedule).OfType<PlanarWordGemv>().First();
        Assert.Equal([-8191, -2730, 2730, 5461], schedule.Table.Select(static w => (int)w));
        Assert.True(32L * 8191 * schedule.Table.Max(static w => Math.Abs((int)w)) <= int.MaxValue);
        Assert.Equal(3f / 8191, schedule.TableScale);
    }

    [Fact]
    public void Every_engine_has_the_same_kernels_under_names_of_the_grammar()
    {
        string[] names = [.. Plan(Spec).Kernels.Select(static k => k.Name)];
        string[] expected = [.. from isa in (string[])["scalar", "avx2", "avx512"]
                                from kernel in (string[])["dequantize_int4_l1_f32_t64", "gemv_int4_l1_a8_t64", "gemm_int4_l1_a8_t64"]
                                select $"{kernel}_{isa}"];
        Assert.Equal(expected, names);
    }

    [Fact]
    public void Eight_bits_are_stored_in_twos_complement_and_fewer_with_a_constant_zero()
    {
        FormatSpec signed = Spec with { Signed = true, Zero = ZeroPoint.None };
        Assert.Equal(8, Steps(signed).OfType<SubtractConstant>().Single().Zero);
        Assert.Empty(Steps(signed with { CodeBits = 8 }).OfType<SubtractConstant>());
        Assert.True(Steps(signed with { CodeBits = 8 }).OfType<LoadCodes>().Single().TwosComplement);
    }

    [Fact]
    public void A_rotation_is_the_first_stage_of_products_and_none_of_a_dequantization()
    {
        KernelPlan plan = Plan(Spec with { Rotation = Rotation.BlockHadamard });
        foreach (KernelDefinition kernel in plan.Kernels)
            Assert.Equal(kernel.Op != KernelOp.Dequantize, kernel.Prologue.FirstOrDefault() is RotateInputs);
    }

    private static KernelPlan Plan(FormatSpec format) => Lowerer.Lower(format);

    private static EquatableArray<SemanticStep> Steps(FormatSpec format) => Plan(format).Kernels[0].Semantics;
}
