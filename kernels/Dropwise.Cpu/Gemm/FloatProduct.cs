using System.Runtime.Intrinsics;

namespace Dropwise.Cpu;

/// <summary>
/// C = A · B of float32 matrices on one thread: the product of quantization and training, where many threads each have one of their own. Sums of
/// 256 inner elements are float32 in order, and are added to C in order, so a result depends on nothing but its row and its column.
/// </summary>
public static unsafe class FloatProduct
{
    /// <summary>Inner elements of a panel of B: 64 columns of it take 64 KB.</summary>
    private const int Depth = 256;

    /// <summary>Panels that are packed together; with the rows of A they take three quarters of a second-level cache of 1 MB.</summary>
    private const int Panels = 8;
    private const int BlockRows = 192;
    private const int PanelColumns = WeightMatrix.PanelRows;

    [ThreadStatic]
    private static NativeBuffer? _scratch;

    /// <summary>Multiplies.</summary>
    /// <param name="a">A [M, L].</param>
    /// <param name="b">B [L, N].</param>
    /// <param name="c">Receives C [M, N]; columns must be neighbours.</param>
    /// <param name="accumulate">Whether the product is added to what C holds.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or columns of C are apart.</exception>
    public static void Run(FloatView a, FloatView b, FloatView c, bool accumulate = false)
    {
        if (a.Columns != b.Rows || c.Rows != a.Rows || c.Columns != b.Columns)
            throw new ArgumentException($"[{a.Rows}, {a.Columns}] times [{b.Rows}, {b.Columns}] is not [{c.Rows}, {c.Columns}]");
        if (c.ColumnStride != 1) throw new ArgumentException("columns of the result are not neighbours", nameof(c));
        if (CpuFeatures.Selected >= CpuIsa.Avx512) Run<GemmKernelAvx512>(a, b, c, accumulate);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) Run<GemmKernelAvx2>(a, b, c, accumulate);
        else Run<GemmKernelScalar>(a, b, c, accumulate);
    }

    private static void Run<TKernel>(FloatView a, FloatView b, FloatView c, bool accumulate)
        where TKernel : struct, IGemmKernel
    {
        const int PanelFloats = Depth * PanelColumns, TileFloats = 8 * PanelColumns;
        _scratch ??= new NativeBuffer(sizeof(float) * ((Panels * PanelFloats) + (BlockRows * Depth) + TileFloats));
        float* panels = (float*)_scratch.Pointer, block = panels + (Panels * PanelFloats), tile = block + (BlockRows * Depth);
        for (int column = 0; column < b.Columns; column += Panels * PanelColumns)
        {
            int columns = Math.Min(b.Columns - column, Panels * PanelColumns);
            for (int first = 0; first < a.Columns; first += Depth)
            {
                int depth = Math.Min(a.Columns - first, Depth);
                for (int n = 0; n < columns; n += PanelColumns)
                    Pack(b.Part(first, depth, column + n, Math.Min(columns - n, PanelColumns)), panels + (n * Depth));
                for (int row = 0; row < a.Rows; row += BlockRows)
                {
                    FloatView rows = a.Part(row, Math.Min(a.Rows - row, BlockRows), first, depth);
                    if (rows.ColumnStride != 1) rows = Gather(rows, block);
                    for (int n = 0; n < columns; n += PanelColumns)
                    {
                        FloatView target = c.Part(row, rows.Rows, column + n, Math.Min(columns - n, PanelColumns));
                        Multiply<TKernel>(rows, panels + (n * Depth), target, accumulate || first > 0, tile);
                    }
                }
            }
        }
    }

    private static void Multiply<TKernel>(FloatView a, float* panel, FloatView c, bool accumulate, float* tile)
        where TKernel : struct, IGemmKernel
    {
        GemmTile operands = new() { XStride = a.RowStride, Panel = panel, Inputs = a.Columns };
        for (int row = 0; row < a.Rows; row += operands.Tokens)
        {
            // One or two last rows cost less one by one than as a block that computes six.
            int left = a.Rows - row;
            operands.Tokens = left > 2 ? Math.Min(left, TKernel.TokenBlock) : 1;
            operands.X = a.At(row, 0);

            // Kernels store whole tiles: one that is not whole goes through scratch.
            bool whole = c.Columns == PanelColumns && (operands.Tokens == 1 || operands.Tokens == TKernel.TokenBlock);
            operands.Y = whole ? c.At(row, 0) : tile;
            operands.YStride = whole ? c.RowStride : PanelColumns;
            operands.Accumulate = whole && accumulate;
            if (operands.Tokens == 1) TKernel.MultiplyOne(operands);
            else TKernel.MultiplyMany(operands);
            if (!whole) Copy(tile, c.RowsFrom(row, operands.Tokens), accumulate);
        }
    }

    private static void Copy(float* tile, FloatView c, bool accumulate)
    {
        for (int row = 0; row < c.Rows; row++)
        {
            float* target = c.At(row, 0);
            for (int column = 0; column < c.Columns; column++)
            {
                float value = tile[(row * PanelColumns) + column];
                target[column] = accumulate ? target[column] + value : value;
            }
        }
    }

    /// <summary>A part of B as a panel [depth, 64]; columns that do not exist are zeros.</summary>
    private static void Pack(FloatView b, float* panel)
    {
        if (b.Columns < PanelColumns) new Span<float>(panel, b.Rows * PanelColumns).Clear();
        if (b.ColumnStride == 1)
        {
            for (int row = 0; row < b.Rows; row++)
                new ReadOnlySpan<float>(b.At(row, 0), b.Columns).CopyTo(new Span<float>(panel + (row * PanelColumns), b.Columns));
            return;
        }

        Transpose(b.Transposed, panel, PanelColumns);
    }

    /// <summary>A part of A whose rows are not runs of memory, as such.</summary>
    private static FloatView Gather(FloatView a, float* block)
    {
        Transpose(a.Transposed, block, a.Columns);
        return new FloatView(block, a.Rows, a.Columns);
    }

    /// <summary>target[j, i] = source[i, j], in squares of eight where both sides are runs of memory.</summary>
    private static void Transpose(FloatView source, float* target, int targetStride)
    {
        int wholeRows = 0, wholeColumns = 0;
        if (source.ColumnStride == 1 && CpuFeatures.Selected >= CpuIsa.Avx2)
        {
            wholeRows = source.Rows / 8 * 8;
            wholeColumns = source.Columns / 8 * 8;
        }

        for (int row = 0; row < wholeRows; row += 8)
        {
            for (int column = 0; column < wholeColumns; column += 8)
            {
                Vector256<float> Row(int r) => Vector256.Load(source.At(row + r, column));
                PanelTranspose.Store8x8(Row(0), Row(1), Row(2), Row(3), Row(4), Row(5), Row(6), Row(7), target + ((nint)column * targetStride) + row, targetStride);
            }
        }

        for (int row = 0; row < source.Rows; row++)
        {
            for (int column = row < wholeRows ? wholeColumns : 0; column < source.Columns; column++)
                target[((nint)column * targetStride) + row] = *source.At(row, column);
        }
    }
}
