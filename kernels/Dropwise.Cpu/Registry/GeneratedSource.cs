using System.IO.Compression;
using System.Text;

namespace Dropwise.Cpu;

/// <summary>The generated texts that a <see cref="FormatRow"/> carries.</summary>
public static class GeneratedSource
{
    /// <summary>Unpacks a text.</summary>
    /// <param name="packed">The UTF-8 text behind DEFLATE (RFC 1951), as the generator writes it.</param>
    /// <exception cref="InvalidDataException">The bytes are not what the generator wrote.</exception>
    public static string Unpack(ReadOnlySpan<byte> packed)
    {
        using var stream = new MemoryStream(packed.ToArray(), writable: false);
        using var text = new StreamReader(new DeflateStream(stream, CompressionMode.Decompress), Encoding.UTF8);
        return text.ReadToEnd();
    }
}
