using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Dropwise.ModelFiles;

/// <summary>One tensor of a GGUF file to write.</summary>
/// <param name="Name">The name in the file.</param>
/// <param name="Type">The number of its type.</param>
/// <param name="Shape">The dimensions, row-major; they are written in GGUF's order, which is the reverse.</param>
/// <param name="ByteLength">Bytes of the data.</param>
/// <param name="Write">Writes exactly as many bytes to the sink.</param>
public sealed record GgufContent(string Name, uint Type, ImmutableArray<long> Shape, long ByteLength, Action<TensorSink> Write);

/// <summary>Writes GGUF files of version 3. Data come from callbacks, one tensor after another, and are never in memory together.</summary>
public static class GgufWriter
{
    /// <summary>Writes a file: under a temporary name first, so that after a failure or a cancellation the final name is as it was.</summary>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <param name="metadata">The metadata.</param>
    /// <param name="tensors">The tensors in the order of their data.</param>
    /// <param name="cancellation">Ends the writing.</param>
    /// <exception cref="ModelFileException">The file cannot be written: no such folder, no permission, disk full.</exception>
    /// <exception cref="InvalidOperationException">A callback wrote more or less than its tensor's length.</exception>
    /// <exception cref="OperationCanceledException">The writing was cancelled.</exception>
    public static void Write(string path, GgufMetadataBuilder metadata, IReadOnlyList<GgufContent> tensors, CancellationToken cancellation = default)
    {
        byte[] header = Header(metadata, tensors);
        using var file = new ReplacementFile(path, header.Length + tensors.Sum(static tensor => Aligned(tensor.ByteLength)));
        try
        {
            file.Stream.Write(header);
            var sink = new TensorSink(file.Stream, cancellation);
            foreach (GgufContent tensor in tensors)
            {
                sink.WriteTensor(tensor.Name, tensor.ByteLength, tensor.Write);
                file.Stream.Write(new byte[Aligned(tensor.ByteLength) - tensor.ByteLength]);
            }

            file.Commit();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException(path, $"cannot be written: {e.Message}", e);
        }
    }

    private static byte[] Header(GgufMetadataBuilder metadata, IReadOnlyList<GgufContent> tensors)
    {
        using var header = new MemoryStream();
        Write(header, GgufFile.Magic);
        Write(header, GgufFile.Version);
        Write(header, (ulong)tensors.Count);
        Write(header, (ulong)metadata.Count);
        header.Write(metadata.Bytes);
        ulong offset = 0;
        foreach (GgufContent tensor in tensors)
        {
            GgufMetadataBuilder.Write(header, tensor.Name);
            Write(header, (uint)tensor.Shape.Length);
            foreach (long size in tensor.Shape.Reverse()) Write(header, (ulong)size);
            Write(header, tensor.Type);
            Write(header, offset);
            offset += (ulong)Aligned(tensor.ByteLength);
        }

        header.SetLength(Aligned(header.Length));
        return header.ToArray();
    }

    private static long Aligned(long bytes) => (bytes + GgufFile.DefaultAlignment - 1) / GgufFile.DefaultAlignment * GgufFile.DefaultAlignment;

    private static void Write(Stream stream, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    private static void Write(Stream stream, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        stream.Write(bytes);
    }
}
