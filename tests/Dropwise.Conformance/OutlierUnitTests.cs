using Dropwise.Cpu;
using Dropwise.Formats;

namespace Dropwise.Conformance.Tests;

/// <summary>Outliers as devices read them, against the matrix that they come from.</summary>
public sealed unsafe class OutlierUnitTests
{
    [Theory]
    [InlineData(0, 70, 0, 1100)]
    [InlineData(16, 40, 64, 800)]
    [InlineData(48, 22, 512, 588)]
    [InlineData(0, 1, 0, 32)]
    public void Every_outlier_of_a_shard_is_in_the_list_of_its_unit_and_rows(int firstRow, int rows, int firstColumn, int columns)
    {
        CanonicalMatrix matrix = MatrixSource.Draw(Spqr3.Row.Descriptor, 70, 1100, new ValueSource(ValueDistribution.Gaussian, 5));
        uint[] ends = new uint[OutlierStreams.Jobs(70, 1100)];
        uint[] source = new uint[matrix.Outliers.Length + 1];
        var found = new List<Outlier>();
        fixed (uint* e = ends)
        fixed (uint* s = source)
        {
            OutlierStreams.Pack(matrix, e, s);
            (byte[] records, uint[] entries) = OutlierUnits.Create(e, s, 1100, firstRow, rows, firstColumn, columns);
            int across = (columns + 511) / 512 * 2;
            Assert.Equal((rows + 15) / 16 * across * OutlierUnits.RecordBytes, records.Length);
            for (int unit = 0; unit < records.Length / OutlierUnits.RecordBytes; unit++)
            {
                ReadOnlySpan<byte> record = records.AsSpan(unit * OutlierUnits.RecordBytes, OutlierUnits.RecordBytes);
                int start = BitConverter.ToInt32(record);
                int at = start;
                for (int pair = 0; pair < 8; pair++)
                {
                    int end = start + BitConverter.ToUInt16(record[(4 + (2 * pair))..]);
                    for (uint before = 0; at < end; at++)
                    {
                        Assert.True(entries[at] > before || before == 0);
                        before = entries[at];
                        int row = (unit / across * 16) + pair + ((before >> 23 & 1) == 0 ? 0 : 8);
                        int column = (unit % across * OutlierUnits.UnitInputs) + (int)(before >> 24);
                        found.Add(new Outlier(firstRow + row, firstColumn + column, (float)BitConverter.UInt16BitsToHalf((ushort)before)));
                    }
                }
            }
        }

        IEnumerable<Outlier> expected = matrix.Outliers.Where(o =>
            o.Row >= firstRow && o.Row < firstRow + rows && o.Column >= firstColumn && o.Column < firstColumn + columns);
        Assert.Equal(expected, found.Where(o => o.Row < firstRow + rows).OrderBy(static o => o.Row).ThenBy(static o => o.Column));
    }
}
