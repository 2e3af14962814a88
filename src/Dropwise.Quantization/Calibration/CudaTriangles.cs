using Dropwise.Cuda;
using Dropwise.Inference.Blocks.Engines.Cuda;

namespace Dropwise.Quantization.Calibration;

/// <summary>
/// A = L Lᵀ and division by L on a CUDA device, by halves: what is not on the diagonal is products of halves, quarters and so on, nearly all of the work in large ones.
/// Triangles of 64 rows and their inverses are a kernel's.
/// </summary>
/// <param name="engine">The device.</param>
internal sealed class CudaTriangles(CudaEngine engine)
{
    // Of the device code.
    private const int Leaf = 64;
    private const int RowThreads = 256;

    /// <summary>Elements of the inverses that belong to a triangle: one after the other, [rows / 64, 64, 64].</summary>
    /// <param name="rows">Its rows.</param>
    public static long InversesOf(int rows) => (rows + Leaf - 1L) / Leaf * Leaf * Leaf;

    /// <summary>Replaces the lower triangle of A by L; what is above it means nothing afterwards.</summary>
    /// <param name="matrix">A, float64.</param>
    /// <param name="inverses">Receives the inverses of the triangles on its diagonal.</param>
    /// <param name="refused">The address of an int32 that is −1, and becomes the first row whose pivot is not positive; what is found then means nothing.</param>
    /// <param name="first">The row of a larger matrix that A begins at.</param>
    public void Factor(BlasView matrix, nint inverses, nint refused, int first = 0)
    {
        if (matrix.Rows <= Leaf)
        {
            engine.Launch("factor_leaf", 1, RowThreads, matrix.Data, (long)matrix.Stride, matrix.Rows, inverses, first, refused);
            return;
        }

        int half = Half(matrix), rest = matrix.Rows - half;
        BlasView upper = matrix.Part(0, half, 0, half), side = matrix.Part(half, rest, 0, half), lower = matrix.Part(half, rest, half, rest);
        Factor(upper, inverses, refused, first);
        DivideByTransposed(side, upper, inverses);
        engine.Subtract(side, side, isTransposed: true, lower);
        Factor(lower, Behind(inverses, matrix, half), refused, first + half);
    }

    /// <summary>Replaces X by X L⁻ᵀ.</summary>
    /// <param name="rows">X.</param>
    /// <param name="triangle">L, of the same type.</param>
    /// <param name="inverses">Those of the triangles on its diagonal.</param>
    public void DivideByTransposed(BlasView rows, BlasView triangle, nint inverses)
    {
        if (triangle.Rows <= Leaf)
        {
            DivideRows(rows, inverses, isTransposed: true);
            return;
        }

        int half = Half(triangle), rest = triangle.Rows - half;
        BlasView left = rows.Part(0, rows.Rows, 0, half), right = rows.Part(0, rows.Rows, half, rest);
        DivideByTransposed(left, triangle.Part(0, half, 0, half), inverses);
        engine.Subtract(left, triangle.Part(half, rest, 0, half), isTransposed: true, right);
        DivideByTransposed(right, triangle.Part(half, rest, half, rest), Behind(inverses, triangle, half));
    }

    /// <summary>Replaces X by X L⁻¹.</summary>
    /// <param name="rows">X.</param>
    /// <param name="triangle">L, of the same type.</param>
    /// <param name="inverses">Those of the triangles on its diagonal.</param>
    public void Divide(BlasView rows, BlasView triangle, nint inverses)
    {
        if (triangle.Rows <= Leaf)
        {
            DivideRows(rows, inverses, isTransposed: false);
            return;
        }

        int half = Half(triangle), rest = triangle.Rows - half;
        BlasView left = rows.Part(0, rows.Rows, 0, half), right = rows.Part(0, rows.Rows, half, rest);
        Divide(right, triangle.Part(half, rest, half, rest), Behind(inverses, triangle, half));
        engine.Subtract(right, triangle.Part(half, rest, 0, half), isTransposed: false, left);
        Divide(left, triangle.Part(0, half, 0, half), inverses);
    }

    // Whole triangles.
    private static int Half(BlasView matrix) => (matrix.Rows + (2 * Leaf) - 1) / (2 * Leaf) * Leaf;

    private static nint Behind(nint inverses, BlasView matrix, int rows) => inverses + ((nint)rows * Leaf * (matrix.IsDouble ? sizeof(double) : sizeof(float)));

    private void DivideRows(BlasView rows, nint inverse, bool isTransposed)
    {
        const int blockRows = RowThreads / Leaf;
        int blocks = Math.Min((rows.Rows + blockRows - 1) / blockRows, 4 * engine.Context.Device.Multiprocessors);
        engine.Launch(
            rows.IsDouble ? "divide_rows_f64" : "divide_rows_f32", blocks, RowThreads, rows.Data, (long)rows.Stride, rows.Rows, inverse, rows.Columns, isTransposed ? 1 : 0);
    }
}
