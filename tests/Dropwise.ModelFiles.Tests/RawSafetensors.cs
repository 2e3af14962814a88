using System.Buffers.Binary;
using System.Text;

namespace Dropwise.ModelFiles.Tests;

/// <summary>Safetensors files written by hand, byte by byte, so that tests can make them as wrong as they like.</summary>
internal static class RawSafetensors
{
    /// <summary>Two tensors of 8 and 4 bytes.</summary>
    public const string ValidHeader =
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[1,2],"data_offsets":[8,12]}}""";

    /// <summary>The bytes of a file.</summary>
    /// <param name="header">The JSON header.</param>
    /// <param name="dataBytes">Bytes of data, which count up from 0.</param>
    /// <param name="headerLength">What the length field says, or null for the truth.</param>
    public static byte[] Bytes(string header, int dataBytes, ulong? headerLength = null)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] file = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(file, headerLength ?? (ulong)json.Length);
        json.CopyTo(file, 8);
        for (int i = 0; i < dataBytes; i++) file[8 + json.Length + i] = (byte)i;
        return file;
    }
}
