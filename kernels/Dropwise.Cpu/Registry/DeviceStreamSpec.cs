namespace Dropwise.Cpu;

/// <summary>One operand stream of a matrix, or of a shard of it, in device memory: a sequence of units of 16 rows and some inputs.</summary>
/// <param name="Name">The name of the stream, as <see cref="StreamSpec.Name"/>.</param>
/// <param name="Level">The lowest level that reads it, from 1.</param>
/// <param name="SourceStream">The index, in <see cref="FormatRow.Streams"/>, of the stream that it is made from.</param>
/// <param name="RepackKernel">
/// The kernel that makes it: one thread a 32-bit word, <c>(const unsigned char* source, unsigned char* destination, int sourceRows,
/// int sourceColumns, int firstRow, int rows, int firstColumn, int columns)</c>. The source is the whole matrix's stream; the first column is a
/// multiple of 32 and of the format's group, and so is the number of columns, unless the shard ends where the matrix does.
/// Null for streams of outliers, which the loader makes: their length is the matrix's to say (<see cref="OutlierUnits"/>).
/// </param>
/// <param name="UnitInputs">Inputs of a unit: 512 for codes, the group for its scales and zeros, 0 for what is a row's.</param>
/// <param name="UnitBytes">Bytes of 16 rows and <paramref name="UnitInputs"/> inputs; 0 where the matrix decides about the length.</param>
public sealed record DeviceStreamSpec(string Name, int Level, int SourceStream, string? RepackKernel, int UnitInputs, int UnitBytes)
{
    /// <summary>Output rows of a job, what one warp multiplies at a time.</summary>
    public const int JobRows = 16;

    /// <summary>Inputs of a job.</summary>
    public const int JobInputs = 512;

    /// <summary>Bytes of the stream, padding included: rows to whole jobs, inputs to whole jobs and those to whole units.</summary>
    /// <param name="rows">Output rows N of the shard.</param>
    /// <param name="columns">Inputs K of the shard.</param>
    public long ByteLength(int rows, int columns)
    {
        long tiles = (rows + JobRows - 1) / JobRows;
        long padded = (columns + JobInputs - 1L) / JobInputs * JobInputs;
        return tiles * UnitBytes * (UnitInputs == 0 ? 1 : (padded + UnitInputs - 1) / UnitInputs);
    }
}
