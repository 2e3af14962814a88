namespace Dropwise.Cpu;

/// <summary>
/// Codebooks as 16-bit integers for the builders of product tables. Vector builders multiply pairs of inputs with pairs of elements,
/// 32 bits a codeword, and then narrow the dots twice, which interleaves them; codewords are stored in the order that comes out
/// straight, so that tables need no shuffle.
/// </summary>
internal static unsafe class CodebookWords
{
    /// <summary>128-bit lanes of the registers that build tables of 16 entries.</summary>
    private const int Copies = 2;

    /// <summary>Bytes of one codebook.</summary>
    /// <param name="set">The set.</param>
    public static long Bytes(CodebookSet set)
    {
        // With 16 codewords a register's 128-bit lanes hold copies, one for each of the runs that are built together.
        int copies = set.Codewords == 16 ? Copies : 1;
        return PreparedCodebooks.HeaderBytes + ((long)set.Codewords * set.Dimension * sizeof(short) * copies);
    }

    /// <summary>Converts all codebooks of a set.</summary>
    /// <param name="set">The set.</param>
    /// <param name="isa">The builder's instruction set.</param>
    public static NativeBuffer Create(CodebookSet set, CpuIsa isa)
    {
        var buffer = new NativeBuffer(Bytes(set) * set.Count);
        for (int codebook = 0; codebook < set.Count; codebook++)
        {
            byte* at = buffer.Pointer + (codebook * Bytes(set));
            float scale = ScaleOf(set, codebook);
            *(float*)at = scale * set.Scales[codebook];
            short* words = (short*)(at + PreparedCodebooks.HeaderBytes);
            if (isa == CpuIsa.Scalar) Fill(set, codebook, scale, words);
            else Fill(set, codebook, scale, words, isa == CpuIsa.Avx2 || set.Codewords == 16 ? 8 : 16);
        }

        return buffer;
    }

    /// <summary>
    /// The element that a word of 1 stands for. Words are as large as a dot of d products with activations of ±32767 leaves room for
    /// in 32 bits: 8191 for d = 8.
    /// </summary>
    private static float ScaleOf(CodebookSet set, int codebook)
    {
        float peak = 0;
        foreach (float value in set.Values.AsSpan(codebook * set.Codewords * set.Dimension, set.Codewords * set.Dimension))
            peak = MathF.Max(peak, MathF.Abs(value));
        return peak == 0 ? 1 : peak / (ushort.MaxValue / set.Dimension);
    }

    private static void Fill(CodebookSet set, int codebook, float scale, short* words)
    {
        for (int code = 0; code < set.Codewords; code++)
        {
            foreach (float value in set.Codeword(codebook, code)) *words++ = (short)MathF.Round(value / scale);
        }
    }

    private static void Fill(CodebookSet set, int codebook, float scale, short* words, int lanes)
    {
        int registers = Math.Max(set.Codewords / lanes, 4);
        for (int register = 0; register < registers; register++)
        {
            for (int pair = 0; pair < set.Dimension / 2; pair++)
            {
                for (int lane = 0; lane < lanes; lane++)
                {
                    ReadOnlySpan<float> codeword = set.Codeword(codebook, CodeAt(register, lane, lanes) % set.Codewords);
                    *words++ = (short)MathF.Round(codeword[2 * pair] / scale);
                    *words++ = (short)MathF.Round(codeword[(2 * pair) + 1] / scale);
                }
            }
        }
    }

    /// <summary>The table entry that a lane of a register of dots becomes.</summary>
    /// <remarks>
    /// Four registers become one of bytes. The upper halves of registers 0 and 1, and of 2 and 3, are interleaved as words; packing
    /// takes, for each 128 bits, eight words of the first pair and then eight of the second.
    /// </remarks>
    private static int CodeAt(int register, int lane, int lanes)
    {
        int word = (2 * lane) + (register % 2);
        int second = register / 2 % 2;
        return (register / 4 * lanes * 4) + (word / 8 * 16) + (second * 8) + (word % 8);
    }
}
