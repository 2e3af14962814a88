using System.Runtime.CompilerServices;
using Dropwise.Cpu;
using Dropwise.Cuda;
using Dropwise.Formats;
using Dropwise.Inference.Cuda;
using Dropwise.Inference.Verification;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Tests.Cuda;

public sealed class ModelKernelTests
{
    /// <summary>Heads of known models: SmolLM2, Llama, Phi-2, Gemma; one query head a key-value head, three, eight, and more than a block takes.</summary>
    public static TheoryData<string, int, int> Shapes
    {
        get
        {
            var shapes = new TheoryData<string, int, int>();
            foreach (string architecture in (string[])["sm_80", "sm_89", "sm_90a", "sm_100"])
            {
                shapes.Add(architecture, 64, 3);
                shapes.Add(architecture, 128, 8);
            }

            foreach (int dimension in (int[])[32, 80, 96, 256]) shapes.Add("sm_90a", dimension, 1);
            shapes.Add("sm_90a", 64, 71);
            return shapes;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Kernels_compile_for_every_head(string architecture, int dimension, int group)
    {
        if (!RuntimeCompiler.IsPresent) Assert.Skip("NVRTC is not here: set DROPWISE_NVRTC to its folder");
        CompiledUnit unit = RuntimeCompiler.Instance.Compile(ModelKernels.Unit(Shape(dimension, group), architecture));
        Assert.NotEmpty(unit.Cubin);

        // Kernels of the decode path; a wide head of prefill attention may keep some of its registers in memory.
        Assert.All(unit.Resources.Where(static kernel => kernel.Kernel != "attention_prefill"), static kernel => Assert.False(kernel.Spills, kernel.ToString()));
    }

    [Theory]
    [InlineData("sm_80")]
    [InlineData("sm_89")]
    [InlineData("sm_90a")]
    [InlineData("sm_100")]
    public void Kernels_compile_with_windows_bounds_and_every_activation(string architecture)
    {
        if (!RuntimeCompiler.IsPresent) Assert.Skip("NVRTC is not here: set DROPWISE_NVRTC to its folder");
        foreach (ActivationFunction activation in Enum.GetValues<ActivationFunction>())
        {
            ModelConfig config = Shape(activation == ActivationFunction.Silu ? 128 : 256, 2) with
            {
                Activation = activation,
                AttentionLogitCap = 50,
                LayerConfigs = [.. Enumerable.Repeat(new LayerConfig { Window = 4096 }, ModelShapes.Find("llama-1b").Layers)],
            };
            CompileUnit unit = ModelKernels.Unit(config, architecture);
            Assert.Contains("WINDOWS=1", unit.Defines);
            Assert.Contains("SCORE_CAP=1", unit.Defines);
            CompiledUnit compiled = RuntimeCompiler.Instance.Compile(unit);
            Assert.All(compiled.Resources.Where(static kernel => kernel.Kernel != "attention_prefill"), static kernel => Assert.False(kernel.Spills, kernel.ToString()));
        }
    }

    [Theory]
    [InlineData("sm_80")]
    [InlineData("sm_90a")]
    public void Products_with_chosen_matrices_compile(string architecture)
    {
        if (!RuntimeCompiler.IsPresent) Assert.Skip("NVRTC is not here: set DROPWISE_NVRTC to its folder");
        foreach (ScalarType type in DenseConformance.Types)
            Assert.NotEmpty(RuntimeCompiler.Instance.Compile(DenseKernels.Unit(type, architecture, chosen: true)).Cubin);
        FormatRow row = FormatTable.Rows.Single(static row => row.Descriptor.Name == "int4g32");
        CompiledUnit unit = RuntimeCompiler.Instance.Compile(DevicePrograms.UnitOf(row, 1, architecture, 163 * 1024, chosen: true));
        Assert.All(unit.Resources.Where(static kernel => kernel.Kernel.StartsWith("gemv", StringComparison.Ordinal)), static kernel => Assert.False(kernel.Spills, kernel.ToString()));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(72)]
    [InlineData(320)]
    public void Heads_that_no_kernel_knows_are_refused(int dimension)
    {
        InferenceException error = Assert.Throws<InferenceException>(() => ModelKernels.Unit(Shape(dimension, 1), "sm_80"));
        Assert.Contains($"heads of {dimension} elements", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_have_the_sizes_that_the_device_code_asserts()
    {
        Assert.Equal(104, Unsafe.SizeOf<NormArguments>());
        Assert.Equal(96, Unsafe.SizeOf<GateArguments>());
        Assert.Equal(88, Unsafe.SizeOf<ValueArguments>());
        Assert.Equal(88, Unsafe.SizeOf<ActiveArguments>());
        Assert.Equal(112, Unsafe.SizeOf<LayerNormArguments>());
        Assert.Equal(120, Unsafe.SizeOf<CombineArguments>());
        Assert.Equal(80, Unsafe.SizeOf<RopeArguments>());
        Assert.Equal(152, Unsafe.SizeOf<HeadArguments>());
        Assert.Equal(104, Unsafe.SizeOf<DecodeAttentionArguments>());
        Assert.Equal(72, Unsafe.SizeOf<PrefillAttentionArguments>());
        Assert.Equal(48, Unsafe.SizeOf<ResidualArguments>());
        Assert.Equal(24, Unsafe.SizeOf<MapArguments>());
        Assert.Equal(40, Unsafe.SizeOf<RouterArguments>());
        Assert.Equal(40, Unsafe.SizeOf<ChoiceArguments>());
        Assert.Equal(104, Unsafe.SizeOf<PlaceArguments>());
        Assert.Equal(112, Unsafe.SizeOf<ExpertGateArguments>());
        Assert.Equal(32, Unsafe.SizeOf<ScatterArguments>());
        Assert.Equal(32, Unsafe.SizeOf<EmbeddingArguments>());
        Assert.Equal(32, Unsafe.SizeOf<DecodeState>());
        Assert.Equal(32, Unsafe.SizeOf<SampleArguments>());
    }

    private static ModelConfig Shape(int dimension, int group) => ModelShapes.Find("llama-1b") with { HeadDimension = dimension, Heads = 2 * group, KeyValueHeads = 2 };
}
