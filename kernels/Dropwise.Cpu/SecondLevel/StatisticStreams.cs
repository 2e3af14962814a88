namespace Dropwise.Cpu;

/// <summary>
/// Quantized scales and zeros between canonical form and kernel layout: u8 [tiles of 64 rows, groups, 16 words] and f16
/// [tiles, groups, 4 quarters, 4]. Word i of a group holds s_q and z_q of rows i, i + 16, i + 32 and i + 48, lowest first; groups are
/// padded to whole blocks of 32 inputs. Generated packers call this.
/// </summary>
public static unsafe class StatisticStreams
{
    private const int TileRows = 64;
    private const int QuarterRows = 16;
    private const int Quarters = 4;

    /// <summary>Writes both streams.</summary>
    /// <param name="source">The matrix.</param>
    /// <param name="words">The words, zero before.</param>
    /// <param name="statistics">The statistics, zero before.</param>
    /// <param name="bits">Bits of a quantized scale, which is also the bytes of a word.</param>
    public static void Pack(CanonicalMatrix source, byte* words, ushort* statistics, int bits)
    {
        SecondLevelStatistics level = source.Statistics!;
        for (int row = 0; row < source.Rows; row++)
        {
            for (int group = 0; group < level.Groups; group++)
            {
                long index = level.CodeIndex(row, group);
                uint field = (uint)(level.ScaleCodes[index] | (level.ZeroCodes[index] << bits)) << Shift(row, bits);
                byte* word = words + (Word(level, row, group) * bits);
                for (int i = 0; i < bits; i++) word[i] |= (byte)(field >> (8 * i));
                if (row % QuarterRows != 0) continue;
                ushort* stat = statistics + Statistic(level, row, group);
                long at = level.StatIndex(row, group);
                stat[0] = Bits(level.ScaleSteps[at]);
                stat[1] = Bits(level.ScaleOffsets[at]);
                stat[2] = Bits(level.ZeroSteps[at]);
                stat[3] = Bits(level.ZeroOffsets[at]);
            }
        }
    }

    /// <summary>The inverse of <see cref="Pack"/>.</summary>
    /// <param name="words">The words.</param>
    /// <param name="statistics">The statistics.</param>
    /// <param name="bits">Bits of a quantized scale.</param>
    /// <param name="destination">Receives codes and statistics.</param>
    public static void Unpack(byte* words, ushort* statistics, int bits, CanonicalMatrix destination)
    {
        SecondLevelStatistics level = destination.Statistics!;
        int mask = (1 << bits) - 1;
        for (int row = 0; row < destination.Rows; row++)
        {
            for (int group = 0; group < level.Groups; group++)
            {
                byte* word = words + (Word(level, row, group) * bits);
                uint fields = 0;
                for (int i = 0; i < bits; i++) fields |= (uint)word[i] << (8 * i);
                uint field = fields >> Shift(row, bits);
                long index = level.CodeIndex(row, group);
                level.ScaleCodes[index] = (byte)(field & mask);
                level.ZeroCodes[index] = (byte)((field >> bits) & mask);
                if (row % QuarterRows != 0) continue;
                ushort* stat = statistics + Statistic(level, row, group);
                long at = level.StatIndex(row, group);
                level.ScaleSteps[at] = ScaleLanes.Half(stat);
                level.ScaleOffsets[at] = ScaleLanes.Half(stat + 1);
                level.ZeroSteps[at] = ScaleLanes.Half(stat + 2);
                level.ZeroOffsets[at] = ScaleLanes.Half(stat + 3);
            }
        }
    }

    private static ushort Bits(float value) => BitConverter.HalfToUInt16Bits((Half)value);

    private static int Shift(int row, int bits) => row % TileRows / QuarterRows * 2 * bits;

    private static long Group(SecondLevelStatistics level, int row, int group) => ((long)(row / TileRows) * ((level.Groups + 1) / 2 * 2)) + group;

    private static long Word(SecondLevelStatistics level, int row, int group) => (Group(level, row, group) * QuarterRows) + (row % QuarterRows);

    private static long Statistic(SecondLevelStatistics level, int row, int group) =>
        ((Group(level, row, group) * Quarters) + (row % TileRows / QuarterRows)) * Quarters;
}
