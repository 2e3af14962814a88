namespace Dropwise.Cuda;

/// <summary>The parameters of a dequantization, each of which the kernel takes by itself.</summary>
/// <param name="matrix">The matrix.</param>
/// <param name="columns">Inputs K.</param>
/// <param name="paddedColumns">Inputs Kp.</param>
/// <param name="rows">The address of int32 row numbers, or 0.</param>
/// <param name="count">Rows to decode.</param>
/// <param name="output">The address of [count][K].</param>
internal struct DequantizeArguments(MatrixArguments matrix, int columns, int paddedColumns, nint rows, int count, nint output)
{
    /// <summary>The matrix.</summary>
    public MatrixArguments Matrix = matrix;

    /// <summary>Inputs K.</summary>
    public int Columns = columns;

    /// <summary>Inputs Kp.</summary>
    public int PaddedColumns = paddedColumns;

    /// <summary>The address of int32 row numbers, or 0.</summary>
    public nint Rows = rows;

    /// <summary>Rows to decode.</summary>
    public int Count = count;

    /// <summary>The address of [count][K].</summary>
    public nint Output = output;
}
