using Dropwise.Cpu;
using Dropwise.Formats;

namespace Dropwise.Snapshots.Tests;

/// <summary>
/// Generated kernels under review, one of each strategy. A change of the generator that reaches a kernel fails here until a person has
/// read the difference and accepted it: see kernels/Dropwise.Snapshots/README.md.
/// </summary>
public sealed class KernelSnapshots
{
    [Fact]
    public Task Four_bit_integers() => KernelSnapshot.Verify<Int4g32>("avx512");

    [Fact]
    public Task A_table_of_sixteen_values() => KernelSnapshot.Verify<Nf4g64>("avx2");

    [Fact]
    public Task Two_codebooks_of_float16() => KernelSnapshot.Verify<Aq2x8g8>("avx512vbmi");

    [Fact]
    public Task Four_nested_codebooks_of_int8() => KernelSnapshot.Verify<Dbd4x8g8>("avx512vbmi");

    [Fact]
    public Task Four_bit_groups_on_CUDA_devices() => KernelSnapshot.Verify<Int4g128>(CudaProgram.Engine);

    [Fact]
    public Task Rotated_nested_codebooks_on_CUDA_devices() => KernelSnapshot.Verify<Dbd4x8g8h>(CudaProgram.Engine);

    [Fact]
    public Task Second_level_scales_and_outliers_on_CUDA_devices() => KernelSnapshot.Verify<Spqr3>(CudaProgram.Engine);

    [Fact]
    public Task Blocks_with_quantized_scales_on_CUDA_devices() => KernelSnapshot.Verify<Q4_K>(CudaProgram.Engine);
}
