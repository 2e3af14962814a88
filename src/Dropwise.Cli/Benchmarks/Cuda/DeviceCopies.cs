using Dropwise.Cpu;
using Dropwise.Cuda;
using Dropwise.Inference;

namespace Dropwise.Cli.Benchmarks;

/// <summary>
/// Copies of a matrix in device memory that are multiplied one after the other, so many that none of them is still in the second-level
/// cache when its turn comes again: the situation of decoding.
/// </summary>
internal sealed class DeviceCopies : IDisposable
{
    /// <summary>Above the second-level cache of any device, several times.</summary>
    public const long MinimumBytes = 300L << 20;

    /// <summary>Makes the copies.</summary>
    /// <param name="device">The device.</param>
    /// <param name="row">The format.</param>
    /// <param name="level">The level that products read, from 1; the levels above are not loaded.</param>
    /// <param name="shape">N and K.</param>
    public DeviceCopies(DeviceWorkbench device, FormatRow row, int level, MatrixShape shape)
    {
        var factory = new RandomMatrixFactory(seed: 1);
        Source = factory.Create(row, shape.Rows, shape.Columns, factory.Transform(shape.Columns));
        Level = level;
        DeviceMatrix first = device.Loader.Load(Source, level);
        BytesRead = first.BytesRead(level);
        Matrices = [first, .. Enumerable.Range(1, (int)(MinimumBytes / BytesRead)).Select(_ => device.Loader.Load(Source, level))];
    }

    /// <summary>The matrix as the CPU reads it.</summary>
    public PackedMatrix Source { get; }

    /// <summary>The level that products read.</summary>
    public int Level { get; }

    /// <summary>The copies.</summary>
    public DeviceMatrix[] Matrices { get; }

    /// <summary>Bytes of weights that one product reads, padding of the device layout included.</summary>
    public long BytesRead { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceMatrix copy in Matrices) copy.Dispose();
        Source.Dispose();
    }
}
