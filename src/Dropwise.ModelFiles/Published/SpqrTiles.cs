namespace Dropwise.ModelFiles;

/// <summary>
/// SpQR's tiles of 16 rows × 16 inputs: sixteen 64-bit words, one a row k. Bits 0–2 are the scale, 3–5 the zero, 6 + 3i to 8 + 3i the weight of
/// input i; bits 54–61 are byte k / 2 of the tile's statistics, four float16 in the order S_s, S_z, Z_s, Z_z.
/// </summary>
internal static class SpqrTiles
{
    /// <summary>Rows, and inputs, of a tile.</summary>
    public const int Size = 16;

    /// <summary>Bits of a weight, of a scale and of a zero.</summary>
    public const int Bits = 3;

    private const int Mask = (1 << Bits) - 1;
    private const int StatisticsShift = (2 + Size) * Bits;

    /// <summary>Unpacks the tiles of 16 rows.</summary>
    /// <param name="words">The words, [K / 16 tiles][16 rows].</param>
    /// <param name="firstRow">The first row.</param>
    /// <param name="matrix">Receives codes, quantized scales and zeros, and statistics.</param>
    public static void Unpack(ReadOnlySpan<ulong> words, int firstRow, CanonicalMatrix matrix)
    {
        SecondLevelStatistics level = matrix.Statistics!;
        for (int group = 0; group < words.Length / Size; group++)
        {
            ReadOnlySpan<ulong> tile = words.Slice(group * Size, Size);
            ulong statistics = 0;
            for (int k = 0; k < Size; k++)
            {
                int row = firstRow + k;
                ulong word = tile[k];
                long codes = level.CodeIndex(row, group);
                level.ScaleCodes[codes] = (byte)(word & Mask);
                level.ZeroCodes[codes] = (byte)((word >> Bits) & Mask);
                Span<ushort> weights = matrix.Codes[0].AsSpan(checked((int)(((long)row * matrix.Columns) + (group * Size))), Size);
                for (int i = 0; i < Size; i++) weights[i] = (ushort)((word >> ((2 + i) * Bits)) & Mask);

                // Rows 2b and 2b + 1 carry the same byte b.
                if (k % 2 == 0) statistics |= ((word >> StatisticsShift) & 0xFF) << (k / 2 * 8);
            }

            long at = level.StatIndex(firstRow, group);
            level.ScaleSteps[at] = Half(statistics);
            level.ZeroSteps[at] = Half(statistics >> 16);
            level.ScaleOffsets[at] = Half(statistics >> 32);
            level.ZeroOffsets[at] = Half(statistics >> 48);
        }
    }

    private static float Half(ulong bits) => (float)BitConverter.UInt16BitsToHalf((ushort)bits);
}
