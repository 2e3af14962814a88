using Dropwise.Cpu;
using Dropwise.Cuda;

namespace Dropwise.Inference.Cuda;

/// <summary>Brings unquantized matrices, or shards of them, to a device as they are.</summary>
/// <param name="stream">The device's stream.</param>
internal sealed unsafe class DenseUploader(CudaStream stream) : IDisposable
{
    // Rows of a column shard are gathered in host memory, this much at a time, so that each copy to the device is a large one.
    private const long GatherBytes = 16L << 20;

    private readonly DeviceUploader _uploader = new(stream.Context);
    private NativeBuffer? _gathered;

    /// <summary>Uploads a matrix.</summary>
    /// <param name="matrix">An <see cref="IDenseMatrix"/>.</param>
    /// <param name="shard">The part of it.</param>
    /// <exception cref="InferenceException">The number of inputs is not a multiple of 8.</exception>
    public DenseWeights Load(WeightMatrix matrix, DeviceShard shard)
    {
        var source = (IDenseMatrix)matrix;
        if (shard.Columns % 8 != 0) throw new InferenceException($"an unquantized matrix of {shard.Columns} inputs does not run on CUDA devices: multiples of 8 do");
        int elementBytes = FormatDescriptor.BitsOf(source.Type) / 8;
        long rowBytes = (long)shard.Columns * elementBytes, stride = (long)matrix.Columns * elementBytes;
        byte* first = (byte*)source.Address + (shard.FirstRow * stride) + ((long)shard.FirstColumn * elementBytes);
        var elements = new DeviceBuffer(stream.Context, shard.Rows * rowBytes);
        try
        {
            if (rowBytes == stride) _uploader.Upload(stream, elements.Pointer, first, shard.Rows * rowBytes);
            else UploadGathered(elements.Pointer, first, shard.Rows, rowBytes, stride);
        }
        catch
        {
            elements.Dispose();
            throw;
        }

        GC.KeepAlive(matrix);
        return new DenseWeights(source.Type, shard.Rows, shard.Columns, elements);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _uploader.Dispose();
        _gathered?.Dispose();
    }

    private void UploadGathered(nint destination, byte* source, int rows, long rowBytes, long stride)
    {
        _gathered ??= new NativeBuffer(GatherBytes);
        int runRows = (int)Math.Max(1, GatherBytes / rowBytes);
        for (int first = 0; first < rows; first += runRows)
        {
            int count = Math.Min(runRows, rows - first);
            for (int row = 0; row < count; row++)
                Buffer.MemoryCopy(source + ((first + row) * stride), _gathered.Pointer + (row * rowBytes), rowBytes, rowBytes);
            _uploader.Upload(stream, destination + (nint)(first * rowBytes), _gathered.Pointer, count * rowBytes);
        }
    }
}
