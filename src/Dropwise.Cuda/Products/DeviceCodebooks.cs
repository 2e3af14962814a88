using System.Runtime.InteropServices;

namespace Dropwise.Cuda;

/// <summary>
/// A codebook set as kernels read it: codewords [M][codewords][d] in the format's own type, then, at a multiple of 16 bytes, a float32
/// factor a codebook.
/// </summary>
internal static class DeviceCodebooks
{
    private const int ScaleAlignment = 16;

    /// <summary>Lays a set out.</summary>
    /// <param name="format">The format, whose codewords are int8 or float16.</param>
    /// <param name="set">The set.</param>
    public static byte[] Prepare(FormatDescriptor format, CodebookSet set)
    {
        int elementBytes = FormatDescriptor.BitsOf(format.Codeword) / 8;
        int scalesAt = ((set.Values.Length * elementBytes) + ScaleAlignment - 1) / ScaleAlignment * ScaleAlignment;
        byte[] blob = new byte[scalesAt + (set.Count * sizeof(float))];
        if (format.Codeword == ScalarType.Int8)
        {
            Span<sbyte> words = MemoryMarshal.Cast<byte, sbyte>(blob.AsSpan());
            for (int i = 0; i < set.Values.Length; i++) words[i] = (sbyte)set.Values[i];
        }
        else
        {
            Span<Half> words = MemoryMarshal.Cast<byte, Half>(blob.AsSpan(0, scalesAt));
            for (int i = 0; i < set.Values.Length; i++) words[i] = (Half)set.Values[i];
        }

        set.Scales.CopyTo(MemoryMarshal.Cast<byte, float>(blob.AsSpan(scalesAt)));
        return blob;
    }
}
