using System.Runtime.CompilerServices;
using Dropwise.Cuda;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.ModelFiles;
using Dropwise.Testing;

namespace Dropwise.Inference.Tests.Architectures;

/// <summary>Layers of every family with several windows at once, as devices compute them, against one window after the other.</summary>
public sealed class LayerComparisonTests(ITestOutputHelper output)
{
    private const int Length = 37;

    public static TheoryData<string> Golden => GoldenLogitsTests.Families;

    public static TheoryData<string, string> Configurations => LongTextTests.Configurations;

    [Theory]
    [MemberData(nameof(Golden))]
    public void Windows_at_once_are_windows_one_by_one(string family) =>
        Compare(ModelFolder.Open(TestData.Find($"models/golden/{family}")), BlockEngine.Cpu, 1e-5);

    [Theory]
    [MemberData(nameof(Configurations))]
    public void Forms_of_families_too(string name, string fields)
    {
        output.WriteLine(name);
        using var synthetic = new SyntheticModel($"{{{LongTextTests.Small},{fields}}}");
        Compare(ModelFolder.Open(synthetic.Folder), BlockEngine.Cpu, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Golden))]
    public void A_device_computes_what_the_processor_does(string family)
    {
        CudaLibrary library = CudaLibrary.Detect();
        Assert.SkipUnless(library.Missing is null && CudaLibrary.HasBlas, library.Missing ?? "cuBLAS is not here");
        using CudaContext context = CudaContext.Open();
        using var engine = new CudaEngine(context);
        Compare(ModelFolder.Open(TestData.Find($"models/golden/{family}")), engine, 1e-4);
    }

    [Fact]
    public void Structures_are_as_large_as_their_twins()
    {
        Assert.Equal(96, Unsafe.SizeOf<HeadRows>());
        Assert.Equal(40, Unsafe.SizeOf<ScoreRows>());
        Assert.Equal(40, Unsafe.SizeOf<DivergenceRows>());
        Assert.Equal(64, Unsafe.SizeOf<NextToken>());
        Assert.Equal(32, Unsafe.SizeOf<DrawnRows>());
    }

    private void Compare(ModelSource source, BlockEngine engine, double limit)
    {
        foreach (int layer in (int[])[0, source.Config.Layers - 1])
        {
            foreach ((string what, double difference) in LayerComparison.Compare(source, layer, Length, engine, seed: 3))
            {
                output.WriteLine($"layer {layer}, {what}: {difference:0.0e+0}");
                Assert.InRange(difference, 0, limit);
            }
        }
    }
}
