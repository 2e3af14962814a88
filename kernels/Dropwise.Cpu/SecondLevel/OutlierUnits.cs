using System.Runtime.InteropServices;

namespace Dropwise.Cpu;

/// <summary>
/// Outliers as devices read them: units of 16 rows × 256 inputs, [N/16, K/512 · 2], and in a unit rows r and r + 8 together, which one lane
/// multiplies. Made on the host, because the streams' length is known only once the entries of a shard are counted.
/// </summary>
public static unsafe class OutlierUnits
{
    /// <summary>Inputs of a unit.</summary>
    public const int UnitInputs = 256;

    /// <summary>Bytes of a unit's record: the number of its first entry, and after how many each pair of rows ends.</summary>
    public const int RecordBytes = sizeof(uint) + (RowPairs * sizeof(ushort));

    private const int RowPairs = OutlierDescriptor.JobRows / 2;

    /// <summary>Makes both streams of a shard.</summary>
    /// <param name="ends">The jobs' ends of the whole matrix.</param>
    /// <param name="entries">Its entries.</param>
    /// <param name="sourceColumns">Its inputs K.</param>
    /// <param name="firstRow">The shard's first row, a multiple of 16.</param>
    /// <param name="rows">The shard's rows.</param>
    /// <param name="firstColumn">The shard's first input.</param>
    /// <param name="columns">The shard's inputs.</param>
    /// <returns>
    /// The records, [units] of <see cref="RecordBytes"/>; and the entries: the value in bits 0 to 15, bit 23 for the second row of its pair,
    /// the unit's input in bits 24 to 31, ascending inside a pair of rows. One more is zero, so that no stream is empty.
    /// </returns>
    public static (byte[] Records, uint[] Entries) Create(
        uint* ends, uint* entries, int sourceColumns, int firstRow, int rows, int firstColumn, int columns)
    {
        int across = (columns + OutlierDescriptor.JobInputs - 1) / OutlierDescriptor.JobInputs * (OutlierDescriptor.JobInputs / UnitInputs);
        int tiles = (rows + OutlierDescriptor.JobRows - 1) / OutlierDescriptor.JobRows;
        byte[] records = new byte[(long)tiles * across * RecordBytes];
        var placed = new List<uint>();
        var pairs = new List<uint>[(long)across * RowPairs];
        for (int i = 0; i < pairs.Length; i++) pairs[i] = [];
        for (int tile = 0; tile < tiles; tile++)
        {
            foreach (List<uint> pair in pairs) pair.Clear();
            Collect(ends, entries, sourceColumns, firstRow + (tile * OutlierDescriptor.JobRows), firstColumn, columns, pairs);
            for (int unit = 0; unit < across; unit++)
            {
                Span<byte> record = records.AsSpan((int)(((long)tile * across) + unit) * RecordBytes, RecordBytes);
                MemoryMarshal.Write(record, (uint)placed.Count);
                int first = placed.Count;
                for (int pair = 0; pair < RowPairs; pair++)
                {
                    List<uint> found = pairs[(unit * RowPairs) + pair];
                    found.Sort();
                    placed.AddRange(found);
                    MemoryMarshal.Write(record[(sizeof(uint) + (pair * sizeof(ushort)))..], (ushort)(placed.Count - first));
                }
            }
        }

        placed.Add(0);
        return (records, [.. placed]);
    }

    // The entries of 16 rows, each into the list of its unit and pair of rows.
    private static void Collect(uint* ends, uint* entries, int sourceColumns, int row, int firstColumn, int columns, List<uint>[] pairs)
    {
        int jobsAcross = OutlierStreams.JobsAcross(sourceColumns);
        for (int job = firstColumn / OutlierDescriptor.JobInputs; job * OutlierDescriptor.JobInputs < firstColumn + columns; job++)
        {
            long index = ((long)(row / OutlierDescriptor.JobRows) * jobsAcross) + job;
            for (uint i = OutlierStreams.Start(ends, index); i < ends[index]; i++)
            {
                int column = (job * OutlierDescriptor.JobInputs) + OutlierStreams.InputOf(entries[i]) - firstColumn;
                if (column < 0 || column >= columns) continue;
                int inTile = OutlierStreams.RowOf(entries[i]);
                uint entry = (entries[i] & 0xFFFF) | ((uint)(inTile / RowPairs) << 23) | ((uint)(column % UnitInputs) << 24);
                pairs[(column / UnitInputs * RowPairs) + (inTile % RowPairs)].Add(entry);
            }
        }
    }
}
