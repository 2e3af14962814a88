using System.Runtime.InteropServices;
using Dropwise.Cuda;

namespace Dropwise.Cli.Benchmarks;

/// <summary>The speed of cuBLAS with bfloat16 weights, activations and outputs: what a model that is not quantized would take.</summary>
internal static class BlasBenchmark
{
    private const int ElementBytes = 2;

    /// <summary>Measures.</summary>
    /// <param name="device">The device, with cuBLAS.</param>
    /// <param name="shape">N and K.</param>
    /// <param name="tokens">Tokens M.</param>
    /// <param name="repeats">Measurements.</param>
    /// <returns>The median seconds of one product.</returns>
    public static double Measure(DeviceWorkbench device, MatrixShape shape, int tokens, int repeats)
    {
        long bytes = (long)shape.Rows * shape.Columns * ElementBytes;
        int copies = 1 + (int)(DeviceCopies.MinimumBytes / bytes);
        DeviceBuffer[] weights = [.. Enumerable.Range(0, copies).Select(_ => Random(device.Stream, bytes))];
        using DeviceBuffer x = Random(device.Stream, (long)tokens * shape.Columns * ElementBytes);
        using var y = new DeviceBuffer(device.Context, (long)tokens * shape.Rows * ElementBytes);
        try
        {
            double[] seconds = GraphTimer.Measure(
                device.Stream,
                () =>
                {
                    foreach (DeviceBuffer copy in weights)
                    {
                        device.Blas!.Multiply(
                            device.Stream, copy.Pointer, shape.Columns, x.Pointer, shape.Columns, ScalarType.BFloat16,
                            y.Pointer, shape.Rows, ScalarType.BFloat16, shape.Rows, shape.Columns, tokens);
                    }
                },
                repeats);
            return Statistics.Median(seconds) / copies;
        }
        finally
        {
            foreach (DeviceBuffer copy in weights) copy.Dispose();
        }
    }

    /// <summary>Normal bfloat16 values: multiplying zeros takes less power, so that the clock is higher than it would be.</summary>
    private static DeviceBuffer Random(CudaStream stream, long bytes)
    {
        // One megabyte over and over: more would take seconds to draw and show nothing else.
        const int PieceBytes = 1 << 20;
        ushort[] piece = new ushort[PieceBytes / ElementBytes];
        var random = new Random(1);
        for (int i = 0; i < piece.Length; i++)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            piece[i] = (ushort)(BitConverter.SingleToUInt32Bits((float)normal) >> 16);
        }

        var buffer = new DeviceBuffer(stream.Context, bytes);
        buffer.Write<byte>(stream, MemoryMarshal.AsBytes(piece.AsSpan())[..(int)Math.Min(PieceBytes, bytes)]);
        for (long done = PieceBytes; done < bytes; done += PieceBytes)
            stream.CopyOnDevice(buffer.Pointer + (nint)done, buffer.Pointer, Math.Min(PieceBytes, bytes - done));
        return buffer;
    }
}
