using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dropwise.Cuda.Tests;

/// <summary>Sizes and offsets of what native code reads: a mistake here is memory read at the wrong place on a machine that tests never see.</summary>
public sealed class StructureTests
{
    [Fact]
    public void Launch_structures_are_the_drivers()
    {
        Assert.Equal(56, Unsafe.SizeOf<LaunchConfiguration>());
        Assert.Equal(32, (int)Marshal.OffsetOf<LaunchConfiguration>(nameof(LaunchConfiguration.Stream)));
        Assert.Equal(48, (int)Marshal.OffsetOf<LaunchConfiguration>(nameof(LaunchConfiguration.AttributeCount)));
        Assert.Equal(72, Unsafe.SizeOf<LaunchAttribute>());
        Assert.Equal(8, (int)Marshal.OffsetOf<LaunchAttribute>(nameof(LaunchAttribute.Value)));
        Assert.Equal(8, Unsafe.SizeOf<KernelArgument>());
    }

    [Fact]
    public void Product_structures_are_the_device_codes()
    {
        Assert.Equal(120, Unsafe.SizeOf<MatrixArguments>());
        Assert.Equal(584, Unsafe.SizeOf<ProductArguments>());
        Assert.Equal(80, Unsafe.SizeOf<ActivationFormArguments>());
        Assert.Equal(32, Unsafe.SizeOf<KernelLaunch>());
    }

    [Fact]
    public void The_device_compiler_agrees_on_product_structures()
    {
        // The device code asserts the same sizes; a unit of nothing else compiles only if they hold there too.
        string source = Device.DeviceSources.FormatUnit("sizes.cu", "static_assert(sizeof(Matrix) == 120 && sizeof(Products) == 584 && sizeof(KernelLaunch) == 32, \"twins\");\n");
        Assert.NotEmpty(Nvrtc.Find().Compile(new CompileUnit("sizes", source, "sm_90a")).Cubin);
    }
}
