namespace Dropwise.Cpu;

/// <summary>A float32 matrix in memory that somebody else owns: rows and columns any distance apart, so that a transpose is a view too.</summary>
/// <param name="data">The first element.</param>
/// <param name="rows">Rows.</param>
/// <param name="columns">Columns.</param>
/// <param name="rowStride">Elements from one row to the next.</param>
/// <param name="columnStride">Elements from one column to the next.</param>
public readonly unsafe struct FloatView(float* data, int rows, int columns, nint rowStride, nint columnStride = 1)
{
    /// <summary>Views whole rows one after the other.</summary>
    /// <param name="data">The first element.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public FloatView(float* data, int rows, int columns)
        : this(data, rows, columns, columns)
    {
    }

    /// <summary>The first element.</summary>
    public float* Data => data;

    /// <summary>Rows.</summary>
    public int Rows => rows;

    /// <summary>Columns.</summary>
    public int Columns => columns;

    /// <summary>Elements from one row to the next.</summary>
    public nint RowStride => rowStride;

    /// <summary>Elements from one column to the next.</summary>
    public nint ColumnStride => columnStride;

    /// <summary>The transpose.</summary>
    public FloatView Transposed => new(data, columns, rows, columnStride, rowStride);

    /// <summary>A part of the matrix.</summary>
    /// <param name="row">The first row.</param>
    /// <param name="rowCount">Rows of the part.</param>
    /// <param name="column">The first column.</param>
    /// <param name="columnCount">Columns of the part.</param>
    public FloatView Part(int row, int rowCount, int column, int columnCount) => new(At(row, column), rowCount, columnCount, rowStride, columnStride);

    /// <summary>Some of the rows.</summary>
    /// <param name="row">The first row.</param>
    /// <param name="count">Rows of the part.</param>
    public FloatView RowsFrom(int row, int count) => Part(row, count, 0, columns);

    /// <summary>An element's address.</summary>
    /// <param name="row">Its row.</param>
    /// <param name="column">Its column.</param>
    public float* At(int row, int column) => data + (row * rowStride) + (column * columnStride);
}
