using Dropwise.Cuda;

namespace Dropwise.Cli.Benchmarks;

/// <summary>The speed of device memory: a copy from one place to another, the bytes counted both ways.</summary>
internal static class DeviceRoofline
{
    // Many times the largest second-level cache.
    private const long Bytes = 1L << 30;
    private const int Copies = 4;
    private const int Repeats = 9;

    /// <summary>Measures.</summary>
    /// <param name="stream">The stream; idle.</param>
    /// <returns>10^9 bytes a second.</returns>
    public static double MeasureGbps(CudaStream stream)
    {
        using var source = new DeviceBuffer(stream.Context, Bytes);
        using var destination = new DeviceBuffer(stream.Context, Bytes);
        source.Clear(stream);
        double[] seconds = GraphTimer.Measure(
            stream,
            () =>
            {
                for (int i = 0; i < Copies; i++) stream.CopyOnDevice(destination.Pointer, source.Pointer, Bytes);
            },
            Repeats);
        return 2 * Bytes * Copies / Statistics.Median(seconds) * 1e-9;
    }
}
