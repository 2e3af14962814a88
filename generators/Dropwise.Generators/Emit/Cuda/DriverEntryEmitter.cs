using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>Writes entry points: the level's decoder put into a driver of <c>Dropwise.Cuda.Device</c>, and how it wants to be launched.</summary>
internal static class DriverEntryEmitter
{
    /// <summary>Codes to float32 or float16.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="CudaDequantize"/>.</param>
    public static void Dequantize(SourceWriter writer, KernelDefinition kernel)
    {
        (string fragment, string value) = kernel.Activation == ActivationKind.Half ? ("HalfFragment", "half_bits") : ("FloatFragment", "float");
        string driver = Driver(writer, kernel, $"Dequantize<weights::Decoder<{fragment}>>");
        writer.Line($$"""
            extern "C" __global__ void __launch_bounds__({{driver}}::threads) {{kernel.Name}}(
                const __grid_constant__ Matrix matrix, int columns, int padded_columns, const i32* row_list, int count, {{value}}* out)
            {
                {{driver}}::run(matrix, columns, padded_columns, row_list, count, out);
            }

            """);
        Launch(writer, kernel, driver);
    }

    /// <summary>Few tokens by integer <c>mma</c>; the host tunes the threads of a block.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="CudaGemv"/>.</param>
    public static void Gemv(SourceWriter writer, KernelDefinition kernel)
    {
        var schedule = (CudaGemv)kernel.Schedule;
        string threads = Literals.Of(schedule.Threads);
        string columns = schedule.CodewordHalves ? ", HalfColumns" : "";
        Products(writer, kernel, $"Gemv<weights::ByteDecoder<{schedule.Steps}, {threads}{columns}>, {schedule.ColumnTiles}>", schedule.FillsRegisters ? threads + ", 1" : threads);
    }

    /// <summary>Many tokens by <c>mma</c>.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="CudaGemm"/>.</param>
    public static void Gemm(SourceWriter writer, KernelDefinition kernel)
    {
        var schedule = (CudaGemm)kernel.Schedule;
        Products(writer, kernel, $"Gemm<weights::Decoder<HalfFragment>, {schedule.Warps}, {schedule.WarpTiles}, {kernel.TileTokens}>");
    }

    /// <summary>Many tokens by <c>wgmma</c>, where the unit is compiled for it.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="CudaWarpgroupGemm"/>.</param>
    public static void WarpgroupGemm(SourceWriter writer, KernelDefinition kernel)
    {
        var schedule = (CudaWarpgroupGemm)kernel.Schedule;
        writer.Line("#if defined(__CUDA_ARCH_FEAT_SM90_ALL)");
        Products(writer, kernel, $"GemmWarpgroup<weights::Decoder<HalfFragment>, {schedule.Groups}, {kernel.TileTokens}>");
        writer.Line("#endif");
    }

    private static void Products(SourceWriter writer, KernelDefinition kernel, string type, string? bounds = null)
    {
        string driver = Driver(writer, kernel, type);
        writer.Line($$"""
            extern "C" __global__ void __launch_bounds__({{bounds ?? $"{driver}::threads, 1"}}) {{kernel.Name}}(const __grid_constant__ Products p)
            {
                {{driver}}::run(p);
            }

            """);
        Launch(writer, kernel, driver);
    }

    // A driver's type is named after the kernel that it is: constants and code come from one place.
    private static string Driver(SourceWriter writer, KernelDefinition kernel, string type)
    {
        string name = $"{kernel.Name}_driver";
        writer.Line($"typedef {type} {name};");
        writer.Line();
        return name;
    }

    private static void Launch(SourceWriter writer, KernelDefinition kernel, string driver) =>
        writer.Line($"extern \"C\" __device__ const KernelLaunch {kernel.Name}_launch = {driver}::launch;");
}
