namespace Dropwise.Cpu;

/// <summary>A weight matrix W of y = W x, stored in whatever form; [N output rows, K inputs].</summary>
public abstract unsafe class WeightMatrix : IDisposable
{
    /// <summary>Rows of a float32 panel: a lane of a vector is a row, and four 512-bit registers hold one input's values.</summary>
    public const int PanelRows = 64;

    /// <summary>Creates a matrix.</summary>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    protected WeightMatrix(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        Rows = rows;
        Columns = columns;
    }

    /// <summary>Output rows N.</summary>
    public int Rows { get; }

    /// <summary>Inputs K.</summary>
    public int Columns { get; }

    /// <summary>Served levels that are present; 1 where a matrix is not nested.</summary>
    public virtual int Levels => 1;

    /// <summary>The rotation that x must go through first, or null.</summary>
    public virtual InputTransform? Transform => null;

    /// <summary>Bytes that one product at a level reads.</summary>
    /// <param name="level">1 to <see cref="Levels"/>.</param>
    public abstract long BytesRead(int level);

    /// <summary>Writes the values of 64 rows × some inputs as float32, a row of the panel being one input: panel[k, r].</summary>
    /// <param name="level">1 to <see cref="Levels"/>.</param>
    /// <param name="firstRow">A multiple of 64 below N; rows beyond N are written as zeros.</param>
    /// <param name="firstColumn">A multiple of 32 below K.</param>
    /// <param name="count">Inputs, a multiple of 32 or up to the end of the row.</param>
    /// <param name="panel">Receives [count, 64] float32, 64-byte aligned.</param>
    public abstract void DequantizePanel(int level, int firstRow, int firstColumn, int count, float* panel);

    /// <summary>
    /// Multiplies some rows with one token's float32 activations where the matrix can do so without a panel: float matrices read in place.
    /// </summary>
    /// <param name="firstRow">The first row.</param>
    /// <param name="rows">Rows, at least 1.</param>
    /// <param name="x">Activations, [K] float32.</param>
    /// <param name="y">Receives [rows] float32.</param>
    /// <returns>False, with nothing written, where panels are the way.</returns>
    public virtual bool TryMultiplyRows(int firstRow, int rows, float* x, float* y) => false;

    /// <summary>Reads one row, as an embedding does.</summary>
    /// <param name="level">1 to <see cref="Levels"/>.</param>
    /// <param name="row">0 to N − 1.</param>
    /// <param name="values">Receives [K] float32.</param>
    public virtual void DequantizeRow(int level, int row, float* values)
    {
        // A panel of 32 inputs is 8 KB: small enough for the stack, and no format knows a shorter one.
        const int Inputs = 32;
        byte* memory = stackalloc byte[(Inputs * PanelRows * sizeof(float)) + NativeBuffer.Alignment];
        float* panel = (float*)(((nuint)memory + NativeBuffer.Alignment - 1) & ~(nuint)(NativeBuffer.Alignment - 1));
        for (int first = 0; first < Columns; first += Inputs)
        {
            int count = Math.Min(Inputs, Columns - first);
            DequantizePanel(level, row / PanelRows * PanelRows, first, count, panel);
            for (int k = 0; k < count; k++) values[first + k] = panel[(k * PanelRows) + (row % PanelRows)];
        }
    }

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
