using System.Runtime.InteropServices;

namespace Dropwise.Cuda;

/// <summary>
/// A codebook set as kernels read it: codewords [M][codewords][d] in the format's own type and a float32 factor a codebook. Of float16 codewords, which
/// integer tensor cores cannot multiply, the same follows once more as 16-bit integers. Every part begins at a multiple of 16 bytes.
/// </summary>
internal static class DeviceCodebooks
{
    private const int PartAlignment = 16;

    // The low byte is signed, so that the largest word whose high byte fits is 127 · 256 + 127; a peak below it leaves sums of a job inside 32 bits.
    private const int LargestWord = 32512;

    // Inputs whose high bytes, and then whose low bytes, lie together: a register of a tensor core.
    private const int RunInputs = 4;

    /// <summary>Lays a set out.</summary>
    /// <param name="format">The format, whose codewords are int8 or float16.</param>
    /// <param name="set">The set.</param>
    public static byte[] Prepare(FormatDescriptor format, CodebookSet set)
    {
        bool isInteger = format.Codeword == ScalarType.Int8;
        int codewordBytes = Aligned(set.Values.Length * (isInteger ? sizeof(sbyte) : sizeof(short)));
        int factorBytes = Aligned(set.Count * sizeof(float));
        byte[] blob = new byte[isInteger ? codewordBytes + factorBytes : 2 * (codewordBytes + factorBytes)];
        if (isInteger)
        {
            for (int i = 0; i < set.Values.Length; i++) blob[i] = (byte)(sbyte)set.Values[i];
        }
        else
        {
            Span<Half> values = MemoryMarshal.Cast<byte, Half>(blob.AsSpan(0, codewordBytes));
            for (int i = 0; i < set.Values.Length; i++) values[i] = (Half)set.Values[i];
            Words(set, blob.AsSpan(codewordBytes + factorBytes, factorBytes), blob.AsSpan(codewordBytes + (2 * factorBytes)));
        }

        set.Scales.CopyTo(MemoryMarshal.Cast<byte, float>(blob.AsSpan(codewordBytes, factorBytes)));
        return blob;
    }

    /// <summary>Rounds codewords to 16-bit integers relative to the largest of their codebook.</summary>
    private static void Words(CodebookSet set, Span<byte> factors, Span<byte> words)
    {
        int length = set.Codewords * set.Dimension;
        for (int codebook = 0; codebook < set.Count; codebook++)
        {
            ReadOnlySpan<float> values = set.Values.AsSpan(codebook * length, length);
            float peak = 0;
            foreach (float value in values) peak = MathF.Max(peak, MathF.Abs(value));
            float step = peak == 0 ? 1 : peak / LargestWord;
            MemoryMarshal.Cast<byte, float>(factors)[codebook] = step * set.Scales[codebook];
            for (int i = 0; i < length; i++)
            {
                int word = (int)MathF.Round(values[i] / step);
                int high = (word + 128) >> 8;
                int at = (codebook * length * sizeof(short)) + (i / RunInputs * 2 * RunInputs) + (i % RunInputs);
                words[at] = (byte)(sbyte)high;
                words[at + RunInputs] = (byte)(sbyte)(word - (high * 256));
            }
        }
    }

    private static int Aligned(int bytes) => (bytes + PartAlignment - 1) / PartAlignment * PartAlignment;
}
