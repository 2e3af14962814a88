using Dropwise.Cpu;
using Dropwise.Formats;

namespace Dropwise.Cuda.Tests;

public sealed class RegistryTests
{
    public static TheoryData<string> Formats => [.. FormatTable.Rows.Where(row => row.Cuda is not null).Select(row => row.Descriptor.Name)];

    [Fact]
    public void Formats_without_kernels_for_devices_are_known() => Assert.Equal(
        [
            "aq1x15g8", "aq1x16g16", "aq1x16g8", "iq4_nl", "iq4_xs", "mxfp4", "q2_k", "q3_k", "q4_0", "q4_1", "q4_k", "q5_0", "q5_1", "q5_k", "q6_k", "q8_0",
            "tq1_0", "tq2_0",
        ],
        FormatTable.Rows.Where(row => row.Cuda is null).Select(row => row.Descriptor.Name).Order(StringComparer.Ordinal));

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
