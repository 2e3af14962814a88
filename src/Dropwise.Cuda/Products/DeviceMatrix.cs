using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.Cuda;

/// <summary>A quantized matrix, or a shard of one, in device memory and in the device layout of its format.</summary>
public sealed class DeviceMatrix : IDisposable
{
    private readonly DeviceBuffer?[] _streams;
    private readonly DeviceBuffer? _codebooks;
    private readonly MatrixArguments _arguments;

    /// <summary>Takes over streams.</summary>
    /// <param name="format">The format.</param>
    /// <param name="shard">The part of the matrix that this is.</param>
    /// <param name="levels">Levels that are resident, from 1.</param>
    /// <param name="streams">The streams in the order of the format's program; null above the resident levels.</param>
    /// <param name="codebooks">The prepared codebooks, which the loader owns.</param>
    /// <param name="rotation">The rotation of the input, or null.</param>
    internal DeviceMatrix(FormatRow format, DeviceShard shard, int levels, DeviceBuffer?[] streams, DeviceBuffer? codebooks, DeviceRotation? rotation)
    {
        Format = format;
        Rows = shard.Rows;
        Columns = shard.Columns;
        Levels = levels;
        Rotation = rotation;
        _streams = streams;
        _codebooks = codebooks;
        _arguments = new MatrixArguments { Codebooks = codebooks?.Pointer ?? 0, Rows = Rows };
        for (int i = 0; i < streams.Length; i++) _arguments.Streams[i] = streams[i]?.Pointer ?? 0;
    }

    /// <summary>The format.</summary>
    public FormatRow Format { get; }

    /// <summary>Output rows N.</summary>
    public int Rows { get; }

    /// <summary>Inputs K.</summary>
    public int Columns { get; }

    /// <summary>Inputs as kernels count them: K rounded up to whole jobs.</summary>
    public int PaddedColumns => DeviceActivations.PaddedColumns(Columns);

    /// <summary>Levels that are resident: every one of them can be multiplied at any time.</summary>
    public int Levels { get; }

    /// <summary>The rotation that the input must go through first, or null.</summary>
    public DeviceRotation? Rotation { get; }

    /// <summary>What the format needs on devices.</summary>
    internal CudaProgram Program => Format.Cuda!;

    /// <summary>Bytes of device memory that one product at a level reads, padding included.</summary>
    /// <param name="level">1 to <see cref="Levels"/>.</param>
    public long BytesRead(int level)
    {
        ImmutableArray<DeviceStreamSpec> specs = Program.Streams;
        long bytes = 0;
        for (int i = 0; i < specs.Length; i++)
        {
            if (specs[i].Level <= level) bytes += _streams[i]?.ByteLength ?? 0;
        }

        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceBuffer? stream in _streams) stream?.Dispose();
    }

    /// <summary>The matrix as a kernel is given it.</summary>
    /// <param name="output">The address of the outputs; 0 for a dequantization.</param>
    /// <param name="outputStride">Floats from one token's outputs to the next one's.</param>
    internal MatrixArguments Arguments(nint output, int outputStride)
    {
        MatrixArguments arguments = _arguments;
        arguments.Output = output;
        arguments.OutputStride = outputStride;
        return arguments;
    }
}
