namespace Dropwise.Cuda;

/// <content>Products between the blocks of a matrix that is taken apart, in float32 or float64, each with sums of its own width.</content>
public sealed unsafe partial class CudaBlas
{
    private const int Float64 = 1;
    private const int Compute64F = 70;

    /// <summary>C −= A B, or C −= A Bᵀ.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="left">A [M, K].</param>
    /// <param name="right">B [K, N], or [N, K] where it is transposed.</param>
    /// <param name="isTransposed">Whether B is transposed.</param>
    /// <param name="result">C [M, N], of the same type.</param>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public void Subtract(CudaStream stream, BlasView left, BlasView right, bool isTransposed, BlasView result)
    {
        (int inner, int columns) = isTransposed ? (right.Columns, right.Rows) : (right.Rows, right.Columns);
        if (left.Columns != inner || result.Rows != left.Rows || result.Columns != columns || left.IsDouble != result.IsDouble || right.IsDouble != result.IsDouble)
            throw new ArgumentException($"[{left.Rows}, {left.Columns}] times [{inner}, {columns}] is not [{result.Rows}, {result.Columns}]");
        (int type, int compute) = result.IsDouble ? (Float64, Compute64F) : (TypeOf(ScalarType.Float32), Compute32F);
        nint one = result.IsDouble ? _doubles.Pointer : _factors.Pointer + sizeof(float), minusOne = one + (result.IsDouble ? sizeof(double) : sizeof(float));

        // The library counts columns first, as for products of float32.
        int status = BlasApi.cublasGemmEx(
            Enter(stream), isTransposed ? Transposed : Straight, Straight, columns, result.Rows, inner, minusOne, right.Data, type, right.Stride,
            left.Data, type, left.Stride, one, result.Data, type, result.Stride, compute, DefaultAlgorithm);
        if (status != 0) Check(status, $"[{left.Rows}, {inner}] times [{inner}, {columns}]", nameof(BlasApi.cublasGemmEx));
    }
}
