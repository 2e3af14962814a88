using System.Globalization;
using System.IO.Compression;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;
using Dropwise.Generators.Tests.Hosting;

namespace Dropwise.Generators.Tests.Lowering;

public sealed class CudaLoweringTests
{
    private static readonly FormatSpec Spec = new()
    {
        Namespace = "My", TypeName = "Int3", Name = "int3", Kind = CodeKind.Uniform, CodeBits = 3, Signed = false,
        LookupValues = default, CodebookCount = 1, Dimension = 1, Codeword = ScalarType.Float16, Scope = CodebookScope.Tensor,
        GroupSize = 96, GroupScale = ScalarType.BFloat16, Zero = ZeroPoint.Original, OutputScale = ScalarType.Float16, Nested = false, Rotation = Rotation.None, SecondLevel = null, Outliers = null,
    };

    [Fact]
    public void Device_streams_follow_the_layout_of_the_CPU_one_by_one()
    {
        KernelPlan plan = Lowerer.Lower(Spec);
        Assert.Equal(plan.Layout.Streams.Select(static (stream, i) => (stream.Name, stream.Level, i)), plan.Cuda!.Streams.Select(static s => (s.Name, s.Level, s.SourceStream)));

        // 16 rows x 512 inputs of 3 bits; 16 scales that became float32; 16 zeros of a byte; 16 float16.
        Assert.Equal([3072, 64, 16, 32], plan.Cuda!.Streams.Select(static s => s.Form.UnitBytes));
        Assert.Equal([512, 96, 96, 0], plan.Cuda!.Streams.Select(static s => s.Form.UnitInputs));
        Assert.Equal("repack_int3_codes_1", plan.Cuda!.Streams[0].RepackKernel("int3"));
    }

    [Fact]
    public void Kernels_of_devices_mean_what_those_of_the_CPU_mean()
    {
        KernelPlan plan = Lowerer.Lower(Spec);
        Assert.NotEmpty(plan.Cuda!.Kernels);
        Assert.All(plan.Cuda!.Kernels, kernel => Assert.Equal(plan.Kernels[0].Semantics, kernel.Semantics));
    }

    [Fact]
    public void Names_follow_the_grammar_and_are_unique()
    {
        string[] names = [.. Lowerer.Lower(Spec).Cuda!.Kernels.Select(static k => k.Name)];
        Assert.Contains("dequantize_int3_l1_f32_t16_sm80", names);
        Assert.Contains("gemm_int3_l1_f16_t256x64_sm80", names);
        Assert.Equal(names.Distinct(), names);
    }

    [Theory]
    [InlineData(0, 512)]
    [InlineData(32, 32)]
    [InlineData(96, 32)]
    [InlineData(128, 128)]
    [InlineData(192, 64)]
    [InlineData(4096, 512)]
    public void A_run_shares_a_scale_wherever_a_job_begins(int group, int run)
    {
        Assert.Equal(run, PlanarCudaLowering.ScaleRun(group));
        if (group == 0) return;
        for (int first = 0; first < 8 * group; first += run) Assert.Equal(first / group, (first + run - 1) / group);
    }

    [Fact]
    public void A_split_table_is_the_table_in_16_bits()
    {
        float[] values = [-1f, -0.3f, 0.01f, 0.7f, 0.71f, 0.8f, 0.9f, 1f];
        SplitTable table = SplitTable.Of(new EquatableArray<float>(values));
        for (int i = 0; i < values.Length; i++)
        {
            int entry = (256 * (sbyte)(table.High[i / 4] >> (8 * (i % 4)))) + (sbyte)(table.Low[i / 4] >> (8 * (i % 4)));
            Assert.InRange(entry, -32512, 32512);
            Assert.InRange(values[i] - (entry * table.Scale), -table.Scale * 0.51f, table.Scale * 0.51f);
        }
    }

    [Fact]
    public void A_text_holds_the_units_of_repacking_and_of_each_level()
    {
        string row = Generation.Of(Samples.Uniform).Files["my_int4.row.g.cs"];
        Assert.Contains("\"cuda\" => GeneratedSource.Unpack(Source_cuda),", row, StringComparison.Ordinal);
        string text = Unpacked(row, "cuda");
        Assert.Contains("#if LEVEL == 0\n", text, StringComparison.Ordinal);
        Assert.Contains("#if LEVEL == 1\n", text, StringComparison.Ordinal);
        Assert.Contains("new(\"codes.1\", 1, 0, \"repack_my_int4_codes_1\", 512, 4096),", row, StringComparison.Ordinal);
    }

    private static string Unpacked(string row, string engine)
    {
        string name = $"Source_{engine} =>";
        int first = row.IndexOf('[', row.IndexOf(name, StringComparison.Ordinal)) + 1;
        byte[] packed = [.. row[first..row.IndexOf(']', first)].Split([',', ' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Select(static value => byte.Parse(value, CultureInfo.InvariantCulture))];
        using var text = new StreamReader(new DeflateStream(new MemoryStream(packed), CompressionMode.Decompress));
        return text.ReadToEnd();
    }
}
