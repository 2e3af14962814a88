using Dropwise.Cuda;
using Dropwise.Cuda.Device;

namespace Dropwise.Cli.Benchmarks;

/// <summary>The speed at which a device reads memory, with a kernel that does nothing else.</summary>
internal static class DeviceRoofline
{
    // Many times the largest second-level cache.
    private const long Bytes = 1L << 30;
    private const int Launches = 4;
    private const int Repeats = 9;

    // The same numbers as the device code: threads, and vectors of 16 bytes that each has under way.
    private const int Threads = 512;
    private const int ThreadBytes = 8 * 16;

    // Blocks that fill a multiprocessor.
    private const int Blocks = 4;

    /// <summary>Measures.</summary>
    /// <param name="programs">The programs of the device.</param>
    /// <param name="stream">The stream; idle.</param>
    /// <returns>10^9 bytes a second.</returns>
    public static double MeasureGbps(DevicePrograms programs, CudaStream stream)
    {
        CudaKernel kernel = programs.Module(new CompileUnit("read_memory", DeviceSources.ReadUnit(), programs.Architecture)).Kernel("read_memory");
        var shape = new LaunchShape(Blocks * stream.Context.Device.Multiprocessors, Threads) { Programmatic = false };

        // Whole rounds of all threads.
        long round = (long)shape.Blocks * Threads * ThreadBytes, bytes = Bytes / round * round;
        using var source = new DeviceBuffer(stream.Context, bytes);
        using var result = new DeviceBuffer(stream.Context, sizeof(uint));
        source.Clear(stream);
        double[] seconds = GraphTimer.Measure(
            stream,
            () =>
            {
                for (int i = 0; i < Launches; i++) kernel.Launch(stream, shape, source, bytes / 16, result);
            },
            Repeats);
        return bytes * Launches / Statistics.Median(seconds) * 1e-9;
    }
}
