using Dropwise.Cpu;

namespace Dropwise.Cuda;

/// <content>Products of float32 matrices with sums in float32, any of them a transposed view: what quantizing and training multiply.</content>
public sealed unsafe partial class CudaBlas
{
    private const int Compute32FWithTf32 = 77;

    /// <summary>
    /// Whether products of float32 may round what they read to TF32, eight bits of exponent and ten of mantissa, which tensor cores multiply some ten times as
    /// fast; sums stay in float32. Gradients are noisier than that; what is compared with something should not be.
    /// </summary>
    public bool RoundsOperands { get; set; }

    private int ComputeType => RoundsOperands ? Compute32FWithTf32 : Compute32F;

    /// <summary>C = A B, or C += A B.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="left">A [M, K] in device memory; rows or columns side by side.</param>
    /// <param name="right">B [K, N] in device memory; rows or columns side by side.</param>
    /// <param name="result">C [M, N] in device memory, columns side by side.</param>
    /// <param name="accumulate">Whether products are added to what is there.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or neither rows nor columns lie side by side.</exception>
    public void Multiply(CudaStream stream, FloatView left, FloatView right, FloatView result, bool accumulate = false)
    {
        if (left.Columns != right.Rows || result.Rows != left.Rows || result.Columns != right.Columns)
            throw new ArgumentException($"[{left.Rows}, {left.Columns}] times [{right.Rows}, {right.Columns}] is not [{result.Rows}, {result.Columns}]");
        if (result.ColumnStride != 1) throw new ArgumentException("columns of a product have to lie side by side", nameof(result));
        if (result.Rows == 0 || result.Columns == 0) return;
        (int Operation, int Stride) a = Form(left), b = Form(right);
        nint handle = Enter(stream), zero = _factors.Pointer, one = zero + sizeof(float);

        // The library counts columns first: its product Bᵀ Aᵀ is the transpose of ours, which is how rows lie.
        int status = BlasApi.cublasGemmEx(
            handle, b.Operation, a.Operation, result.Columns, result.Rows, left.Columns, one, (nint)right.Data, TypeOf(ScalarType.Float32), b.Stride,
            (nint)left.Data, TypeOf(ScalarType.Float32), a.Stride, accumulate ? one : zero, (nint)result.Data, TypeOf(ScalarType.Float32), checked((int)result.RowStride),
            ComputeType, DefaultAlgorithm);
        if (status != 0) Check(status, $"[{left.Rows}, {left.Columns}] times [{right.Rows}, {right.Columns}]", nameof(BlasApi.cublasGemmEx));
    }

    /// <summary>Many products of one shape: C_i = A_i B_i, or C_i += A_i B_i.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="left">The shape of each A; its address is not used.</param>
    /// <param name="right">The shape of each B; its address is not used.</param>
    /// <param name="result">The shape of each C; its address is not used.</param>
    /// <param name="addresses">The device address of [3, count] device addresses: those of A, of B and of C.</param>
    /// <param name="count">Products; no two have the same C.</param>
    /// <param name="accumulate">Whether products are added to what is there.</param>
    public void Multiply(CudaStream stream, FloatView left, FloatView right, FloatView result, nint addresses, int count, bool accumulate = false)
    {
        (int Operation, int Stride) a = Form(left), b = Form(right);
        nint handle = Enter(stream), zero = _factors.Pointer, one = zero + sizeof(float), each = count * sizeof(nint);
        int status = BlasApi.cublasGemmBatchedEx(
            handle, b.Operation, a.Operation, result.Columns, result.Rows, left.Columns, one, addresses + each, TypeOf(ScalarType.Float32), b.Stride,
            addresses, TypeOf(ScalarType.Float32), a.Stride, accumulate ? one : zero, addresses + (2 * each), TypeOf(ScalarType.Float32), checked((int)result.RowStride),
            count, ComputeType, DefaultAlgorithm);
        if (status != 0) Check(status, $"{count} times [{left.Rows}, {left.Columns}] times [{right.Rows}, {right.Columns}]", nameof(BlasApi.cublasGemmBatchedEx));
    }

    // Rows side by side are what the library calls a transpose of ours; a single row or column is either.
    private static (int Operation, int Stride) Form(FloatView view)
    {
        if (view.ColumnStride == 1) return (Straight, checked((int)Math.Max(1, Math.Max(view.RowStride, view.Columns))));
        if (view.RowStride == 1) return (Transposed, checked((int)Math.Max(view.ColumnStride, view.Rows)));
        throw new ArgumentException($"neither rows nor columns of [{view.Rows}, {view.Columns}] lie side by side");
    }
}
