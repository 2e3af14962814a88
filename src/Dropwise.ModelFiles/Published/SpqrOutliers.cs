using System.Runtime.InteropServices;

namespace Dropwise.ModelFiles;

/// <summary>
/// SpQR's outliers: an entry holds the (permuted) input in its lower 16 bits and a float16 in its upper ones; offsets are of rows, or of tiles of 16
/// rows whose entries lie in turns, row after row, filled up with zeros.
/// </summary>
/// <remarks>
/// The authors' kernels, and the <c>dequantize_compressed</c> beside them, add an outlier to what the code under it stands for, and their converter
/// stores the weight as it was. So does this reader: a model computes here what it computes there.
/// </remarks>
internal sealed class SpqrOutliers
{
    private readonly TensorView _entries;
    private readonly (int Row, int Entry)[] _places;

    /// <summary>Finds the outliers.</summary>
    /// <param name="offsets"><c>row_offsets</c>, I32 [N + 1] or [N / 16 + 1].</param>
    /// <param name="entries"><c>col_vals</c>, I32.</param>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    /// <exception cref="ModelFileException">The offsets do not ascend to the number of entries, or an entry lies outside its row or is there twice.</exception>
    public SpqrOutliers(TensorView offsets, TensorView entries, int rows, int columns)
    {
        _entries = entries;
        bool byTiles = offsets.Elements == (rows / SpqrTiles.Size) + 1;
        if (!byTiles && offsets.Elements != rows + 1)
            throw PublishedTensors.Broken(offsets, $"has {offsets.Elements} offsets; {rows} rows have {rows + 1}, or {(rows / SpqrTiles.Size) + 1} where they are of tiles");
        ReadOnlySpan<int> ends = MemoryMarshal.Cast<byte, int>(offsets.Bytes(0, checked((int)offsets.ByteLength)));
        var places = new List<(int Row, int Entry)>();
        if (ends[0] != 0 || ends[^1] != entries.Elements) throw PublishedTensors.Broken(offsets, $"runs from {ends[0]} to {ends[^1]}, not from 0 to the {entries.Elements} entries");
        for (int unit = 0; unit + 1 < ends.Length; unit++)
        {
            if (ends[unit + 1] < ends[unit] || ends[unit + 1] > entries.Elements) throw PublishedTensors.Broken(offsets, $"does not ascend: {ends[unit + 1]} follows {ends[unit]}");
            for (int entry = ends[unit]; entry < ends[unit + 1]; entry++)
            {
                if (ValueOf(entry) == 0) continue;
                places.Add((byTiles ? (unit * SpqrTiles.Size) + ((entry - ends[unit]) % SpqrTiles.Size) : unit, entry));
            }
        }

        _places = [.. places.OrderBy(place => ((long)place.Row * columns) + ColumnOf(place.Entry))];
        for (int i = 0; i < _places.Length; i++)
        {
            (int row, int entry) = _places[i];
            if (ColumnOf(entry) >= columns) throw PublishedTensors.Broken(entries, $"has an outlier at input {ColumnOf(entry)} of {columns}");
            if (i != 0 && _places[i - 1].Row == row && ColumnOf(_places[i - 1].Entry) == ColumnOf(entry))
                throw PublishedTensors.Broken(entries, $"has two outliers at row {row}, input {ColumnOf(entry)}");
        }
    }

    /// <summary>Outliers that are not zero.</summary>
    public int Count => _places.Length;

    /// <summary>The outliers of a matrix, whose codes under them become 0: what the codes stood for is added to each, and the sum rounded to float16.</summary>
    /// <param name="matrix">The matrix, with codes and statistics.</param>
    public Outlier[] AddedTo(CanonicalMatrix matrix)
    {
        SecondLevelStatistics level = matrix.Statistics!;
        var outliers = new Outlier[_places.Length];
        for (int i = 0; i < outliers.Length; i++)
        {
            (int row, int entry) = _places[i];
            int column = ColumnOf(entry), group = column / SpqrTiles.Size;
            long codes = level.CodeIndex(row, group), at = level.StatIndex(row, group);
            double scale = level.ScaleSteps[at] * ((double)level.ScaleCodes[codes] - level.ScaleOffsets[at]);
            double zero = level.ZeroSteps[at] * ((double)level.ZeroCodes[codes] - level.ZeroOffsets[at]);
            ref ushort code = ref matrix.Codes[0][((long)row * matrix.Columns) + column];
            outliers[i] = new Outlier(row, column, (float)(Half)(ValueOf(entry) + (scale * (code - zero))));
            code = 0;
        }

        return outliers;
    }

    private int ColumnOf(int entry) => (int)(Word(entry) & 0xFFFF);

    private float ValueOf(int entry) => (float)BitConverter.UInt16BitsToHalf((ushort)(Word(entry) >> 16));

    private uint Word(int entry) => MemoryMarshal.Read<uint>(_entries.Bytes((long)entry * sizeof(uint), sizeof(uint)));
}
