namespace Dropwise.Cpu;

/// <summary>A dense matrix of one element type.</summary>
/// <typeparam name="TElement">The stored elements.</typeparam>
internal sealed unsafe class DenseMatrix<TElement>(int rows, int columns, byte* data, object owner) : WeightMatrix(rows, columns), IDenseMatrix
    where TElement : struct, IDenseElement
{
    private readonly byte* _data = data;

    // Never read: it keeps the mapping behind the pointer alive.
    private readonly object _owner = owner;

    /// <inheritdoc/>
    public ScalarType Type => TElement.Type;

    /// <inheritdoc/>
    public nint Address => (nint)_data;

    private nint RowBytes => (nint)Columns * TElement.Bytes;

    /// <inheritdoc/>
    public override long BytesRead(int level) => (long)Rows * RowBytes;

    /// <inheritdoc/>
    public override bool TryMultiplyRows(int firstRow, int rows, float* x, float* y)
    {
        byte** addresses = stackalloc byte*[DenseRows.Count];
        float* sums = stackalloc float[DenseRows.Count];
        for (int row = 0; row < rows; row += DenseRows.Count)
        {
            int count = Math.Min(DenseRows.Count, rows - row);
            for (int i = 0; i < DenseRows.Count; i++) addresses[i] = _data + ((firstRow + row + Math.Min(i, count - 1)) * RowBytes);
            if (CpuFeatures.Selected >= CpuIsa.Avx512) DenseRows.DotAvx512<TElement>(addresses, x, Columns, sums);
            else if (CpuFeatures.Selected >= CpuIsa.Avx2) DenseRows.DotAvx2<TElement>(addresses, x, Columns, sums);
            else DenseRows.DotScalar<TElement>(addresses, x, Columns, sums);
            new ReadOnlySpan<float>(sums, count).CopyTo(new Span<float>(y + row, count));
        }

        return true;
    }

    /// <inheritdoc/>
    public override void DequantizeRow(int level, int row, float* values)
    {
        byte* source = _data + (row * RowBytes);
        for (int k = 0; k < Columns; k++) values[k] = TElement.Load(source + ((nint)k * TElement.Bytes));
    }

    /// <inheritdoc/>
    public override void DequantizePanel(int level, int firstRow, int firstColumn, int count, float* panel)
    {
        int rows = Math.Min(PanelRows, Rows - firstRow);
        byte* source = _data + (firstRow * RowBytes) + ((nint)firstColumn * TElement.Bytes);
        if (rows < PanelRows) new Span<float>(panel, count * PanelRows).Clear();
        int wholeRows = CpuFeatures.Selected >= CpuIsa.Avx2 ? rows / 8 * 8 : 0;
        int wholeInputs = count / 8 * 8;
        for (int row = 0; row < wholeRows; row += 8)
        {
            byte* corner = source + (row * RowBytes);
            for (int k = 0; k < wholeInputs; k += 8, corner += 8 * TElement.Bytes)
            {
                PanelTranspose.Store8x8(
                    TElement.Load8(corner), TElement.Load8(corner + RowBytes), TElement.Load8(corner + (2 * RowBytes)), TElement.Load8(corner + (3 * RowBytes)),
                    TElement.Load8(corner + (4 * RowBytes)), TElement.Load8(corner + (5 * RowBytes)), TElement.Load8(corner + (6 * RowBytes)),
                    TElement.Load8(corner + (7 * RowBytes)), panel + (k * PanelRows) + row);
            }
        }

        CopyOneByOne(source, 0, wholeRows, wholeInputs, count, panel);
        CopyOneByOne(source, wholeRows, rows, 0, count, panel);
    }

    private void CopyOneByOne(byte* source, int firstRow, int endRow, int firstInput, int endInput, float* panel)
    {
        for (int row = firstRow; row < endRow; row++)
        {
            for (int k = firstInput; k < endInput; k++)
                panel[(k * PanelRows) + row] = TElement.Load(source + (row * RowBytes) + ((nint)k * TElement.Bytes));
        }
    }
}
