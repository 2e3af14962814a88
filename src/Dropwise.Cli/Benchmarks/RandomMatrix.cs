using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Dropwise.Cpu;

namespace Dropwise.Cli.Benchmarks;

/// <summary>A packed matrix of random codes: as slow or fast as a real one, and made in a fraction of the time.</summary>
internal sealed unsafe class RandomMatrix : IDisposable
{
    private readonly NativeBuffer[] _memory;

    /// <summary>Makes a matrix with all levels.</summary>
    /// <param name="row">The format.</param>
    /// <param name="shape">N and K.</param>
    /// <param name="random">The source of codes, codewords and signs.</param>
    public RandomMatrix(FormatRow row, MatrixShape shape, Random random)
    {
        FormatDescriptor format = row.Descriptor;
        ImmutableArray<StreamSpec> streams = row.Streams(shape.Rows, shape.Columns);
        _memory = [.. streams.Select(stream => new NativeBuffer(stream.ByteLength))];
        for (int i = 0; i < streams.Length; i++) Fill(streams[i].Type, _memory[i], random);
        nint[] addresses = [.. _memory.Select(buffer => (nint)buffer.Pointer)];
        Weights = new PackedMatrix(
            row, shape.Rows, shape.Columns, addresses, Codebooks(format, random), Transform(format, shape, random), format.Levels, _memory);
    }

    /// <summary>The matrix.</summary>
    public PackedMatrix Weights { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weights.Dispose();
        foreach (NativeBuffer buffer in _memory) buffer.Dispose();
    }

    private static void Fill(ScalarType type, NativeBuffer memory, Random random)
    {
        // A span holds less than 2 GB; the streams of a large matrix may not.
        const int piece = 1 << 28;
        for (long offset = 0; offset < memory.ByteLength; offset += piece)
        {
            var bytes = new Span<byte>(memory.Pointer + offset, (int)Math.Min(piece, memory.ByteLength - offset));
            random.NextBytes(bytes);

            // Scales lie between 2^-6 and 2^-5 whatever their mantissa: infinities and subnormal numbers would change the speed.
            if (type != ScalarType.Float16) continue;
            foreach (ref ushort half in MemoryMarshal.Cast<byte, ushort>(bytes)) half = (ushort)((half & 0x03FF) | 0x2400);
        }
    }

    private static CodebookSet? Codebooks(FormatDescriptor format, Random random)
    {
        if (format.Kind != CodeKind.Additive) return null;

        // Small integers are codewords of either type.
        float[] values = new float[format.CodebookCount * format.CodeCount * format.Dimension];
        for (int i = 0; i < values.Length; i++) values[i] = random.Next(-127, 128);
        float[] scales = new float[format.CodebookCount];
        Array.Fill(scales, 1);
        return new CodebookSet(format.CodebookCount, format.CodeCount, format.Dimension, values, scales);
    }

    private static InputTransform? Transform(FormatDescriptor format, MatrixShape shape, Random random)
    {
        if (format.Rotation == Rotation.None) return null;
        sbyte[] signs = new sbyte[shape.Columns];
        for (int i = 0; i < signs.Length; i++) signs[i] = (sbyte)(1 - (2 * random.Next(2)));
        return new InputTransform(signs);
    }
}
