namespace Dropwise.Cuda.Tests;

public sealed class PlainFormTests
{
    public static TheoryData<string> Architectures => [.. Nvrtc.Architectures];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void The_kernel_that_makes_forms_compiles_without_spills(string architecture)
    {
        CompiledUnit compiled = Nvrtc.Find().Compile(PlainForm.Unit(architecture));
        KernelResources kernel = Assert.Single(compiled.Resources, resources => resources.Kernel == "value_form");
        Assert.False(kernel.Spills, $"{kernel}");
    }
}
