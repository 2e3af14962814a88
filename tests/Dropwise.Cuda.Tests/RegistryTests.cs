using Dropwise.Cpu;
using Dropwise.Formats;

namespace Dropwise.Cuda.Tests;

public sealed class RegistryTests
{
    public static TheoryData<string> Formats => [.. FormatTable.Rows.Where(row => row.Cuda is not null).Select(row => row.Descriptor.Name)];

    [Fact]
    public void No_format_is_without_kernels_for_devices() => Assert.Empty(FormatTable.Rows.Where(row => row.Cuda is null).Select(row => row.Descriptor.Name));

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_format_has_kernels_for_every_level_from_sm_80_on(string format)
    {
        FormatRow row = FormatTable.Rows.Single(row => row.Descriptor.Name == format);
        CudaProgram program = DevicePrograms.ProgramOf(row);
        foreach (int level in Enumerable.Range(1, row.Descriptor.Levels))
        {
            foreach (int tokens in (int[])[1, 4, 8, 16])
                Assert.InRange(program.Find(KernelOp.Gemv, level, ActivationKind.Split16, tokens, 80)!.TokenTile, tokens, DeviceActivations.MaxSplitTokens);
            Assert.NotNull(program.Find(KernelOp.Gemm, level, ActivationKind.Half, 100, 80));
            Assert.NotNull(program.Find(KernelOp.Dequantize, level, ActivationKind.Float32, 0, 80));
            Assert.NotNull(program.Find(KernelOp.Dequantize, level, ActivationKind.Half, 0, 80));
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_launch_has_room_for_the_streams_of_every_format(string format)
    {
        FormatRow row = FormatTable.Rows.Single(row => row.Descriptor.Name == format);
        Assert.InRange(DevicePrograms.ProgramOf(row).Streams.Length, 1, MatrixArguments.MaxStreams);
    }
}
