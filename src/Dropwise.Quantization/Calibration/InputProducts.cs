using Dropwise.Cpu;

namespace Dropwise.Quantization.Calibration;

/// <summary>
/// Sums of products Xᵀ Y over the windows of a text: float32 over some thousand tokens, float64 over those sums. Pieces are tiles of the result, so that
/// sums run in the order of the text whoever computes them.
/// </summary>
/// <param name="run">Workers and cancellation.</param>
internal sealed unsafe class InputProducts(QuantizationRun run) : IInputProducts
{
    // The tile of FloatProduct that is gathered and packed once.
    private const int TileRows = 192;
    private const int TileColumns = 512;
    private const int TokensOfFloats = 2048;
    private const int RowsPerPiece = 64;

    /// <inheritdoc/>
    public IMomentFactors Factors { get; } = new CpuFactors();

    /// <inheritdoc/>
    public double[] Squares(FloatView[] windows, int columns)
    {
        double[] sum = Sum(windows, windows, columns, isSymmetric: true);
        run.ForPieces(columns, 64, (start, end) =>
        {
            for (int i = start; i < end; i++)
            {
                for (int j = i + 1; j < columns; j++) sum[((long)i * columns) + j] = sum[((long)j * columns) + i];
            }
        });
        return sum;
    }

    /// <inheritdoc/>
    public double[] Cross(FloatView[] left, FloatView[] right, int columns) => Sum(left, right, columns, isSymmetric: false);

    /// <inheritdoc/>
    public float[] Times(FloatMatrix rows, float[] square)
    {
        int columns = rows.Columns;
        var product = new float[rows.Values.Length];
        run.ForPieces(rows.Rows, RowsPerPiece, (start, end) =>
        {
            fixed (float* a = rows.Row(start), b = square, c = &product[start * columns])
            {
                FloatProduct.Run(new FloatView(a, end - start, columns), new FloatView(b, columns, columns), new FloatView(c, end - start, columns));
            }
        });
        return product;
    }

    private double[] Sum(FloatView[] left, FloatView[] right, int columns, bool isSymmetric)
    {
        var sum = new double[(long)columns * columns];
        (int Row, int Column)[] tiles =
        [
            .. from row in Enumerable.Range(0, (columns + TileRows - 1) / TileRows)
               from column in Enumerable.Range(0, (columns + TileColumns - 1) / TileColumns)
               let tile = (Row: row * TileRows, Column: column * TileColumns)
               where !isSymmetric || tile.Column < tile.Row + TileRows
               select tile,
        ];
        run.ForPieces(tiles.Length, 1, (index, _) => AddTile(left, right, columns, tiles[index].Row, tiles[index].Column, sum));
        return sum;
    }

    private static void AddTile(FloatView[] left, FloatView[] right, int columns, int row, int column, double[] sum)
    {
        int rows = Math.Min(TileRows, columns - row), width = Math.Min(TileColumns, columns - column), tokens = 0;
        using var memory = new NativeBuffer((long)rows * width * sizeof(float));
        FloatView tile = new((float*)memory.Pointer, rows, width);
        for (int window = 0; window < left.Length; window++)
        {
            // An expert may get no token of a window.
            int count = left[window].Rows;
            if (count == 0 && window + 1 < left.Length) continue;
            FloatView rowInputs = left[window].Part(0, count, row, rows), columnInputs = right[window].Part(0, count, column, width);
            if (count > 0) FloatProduct.Run(rowInputs.Transposed, columnInputs, tile, accumulate: tokens > 0);
            tokens += count;
            if (tokens == 0 || (tokens < TokensOfFloats && window + 1 < left.Length)) continue;
            for (int i = 0; i < rows; i++)
            {
                Span<double> target = sum.AsSpan(checked(((row + i) * columns) + column), width);
                float* values = tile.At(i, 0);
                for (int j = 0; j < width; j++) target[j] += values[j];
            }

            tokens = 0;
        }
    }
}
