namespace Dropwise.Cuda;

/// <summary>A row-major matrix of float32 or float64 in device memory, or a part of one.</summary>
/// <param name="data">The first element's address.</param>
/// <param name="rows">Rows.</param>
/// <param name="columns">Columns, side by side.</param>
/// <param name="stride">Elements from one row to the next.</param>
/// <param name="isDouble">Whether elements are float64.</param>
public readonly struct BlasView(nint data, int rows, int columns, int stride, bool isDouble)
{
    /// <summary>The first element's address.</summary>
    public nint Data => data;

    /// <summary>Rows.</summary>
    public int Rows => rows;

    /// <summary>Columns.</summary>
    public int Columns => columns;

    /// <summary>Elements from one row to the next.</summary>
    public int Stride => stride;

    /// <summary>Whether elements are float64.</summary>
    public bool IsDouble => isDouble;

    /// <summary>A part of the matrix.</summary>
    /// <param name="row">The first row.</param>
    /// <param name="rowCount">Rows of the part.</param>
    /// <param name="column">The first column.</param>
    /// <param name="columnCount">Columns of the part.</param>
    public BlasView Part(int row, int rowCount, int column, int columnCount) =>
        new(data + ((((nint)row * stride) + column) * (isDouble ? sizeof(double) : sizeof(float))), rowCount, columnCount, stride, isDouble);
}
