using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dropwise.Cuda;

/// <summary>
/// cuBLAS, where it is installed: what unquantized products are compared with, and what multiplies them when there are many tokens.
/// For one thread at a time.
/// </summary>
public sealed unsafe partial class CudaBlas : IDisposable
{
    private const int Transposed = 1;
    private const int Straight = 0;
    private const int Compute32F = 68;
    private const int DefaultAlgorithm = -1;

    // Factors are read from device memory when the product runs: a kernel before it may decide about one.
    private const int PointersToDevice = 1;

    // What NVIDIA recommends for Hopper. With memory of its own the library allocates none, which a captured stream could not do.
    private const int WorkspaceBytes = 32 << 20;

    private readonly ResourceStack _made = new();
    private readonly ResourceHandle _handle;
    private readonly DeviceBuffer _workspace;
    private readonly DeviceBuffer _factors;
    private readonly DeviceBuffer _doubles;

    /// <summary>Starts to use the library in a context.</summary>
    /// <param name="context">The context.</param>
    /// <exception cref="CudaLibraryException">The library was not found.</exception>
    public CudaBlas(CudaContext context)
    {
        NativeLibraries.Require(NativeLibraryName.Blas);
        context.Handle.MakeCurrent();
        nint handle;
        Check(BlasApi.cublasCreate(&handle));

        // The library's status is not the driver's, but whoever releases a handle only asks whether it is 0.
        _handle = _made.Add(new ResourceHandle(context.Handle, handle, static released => (DriverResult)BlasApi.cublasDestroy(released)));
        try
        {
            int version;
            Check(BlasApi.cublasGetVersion(handle, &version));
            Version = new Version(version / 10000, version % 10000 / 100, version % 100);
            Check(BlasApi.cublasSetPointerMode(handle, PointersToDevice));
            _workspace = _made.Add(new DeviceBuffer(context, WorkspaceBytes));
            using var stream = new CudaStream(context);
            _factors = _made.Add(DeviceBuffer.Of<float>(stream, [0, 1, -1]));
            _doubles = _made.Add(DeviceBuffer.Of<double>(stream, [1, -1]));
        }
        catch
        {
            _made.Dispose();
            throw;
        }
    }

    /// <summary>Whether the library was found.</summary>
    /// <exception cref="CudaLibraryException">The folder that the user named for it does not hold it.</exception>
    public static bool IsPresent => NativeLibraries.IsPresent(NativeLibraryName.Blas);

    /// <summary>The library's version.</summary>
    public Version Version { get; }

    /// <summary>Y = f X Wᵀ with sums in float32.</summary>
    /// <param name="stream">The stream, also while it captures.</param>
    /// <param name="weights">The device address of W, [N, K] row-major with <paramref name="weightStride"/> elements a row.</param>
    /// <param name="weightStride">Elements from one row of W to the next.</param>
    /// <param name="x">The device address of X, [tokens, K] row-major with <paramref name="xStride"/> elements a row.</param>
    /// <param name="xStride">Elements from one token to the next.</param>
    /// <param name="type">The type of W and X: float16 or bfloat16.</param>
    /// <param name="output">The device address of Y, [tokens, N] row-major with <paramref name="outputStride"/> elements a row.</param>
    /// <param name="outputStride">Elements from one token's outputs to the next one's.</param>
    /// <param name="outputType">The type of Y.</param>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    /// <param name="tokens">Tokens M.</param>
    /// <param name="add">Whether products are added to Y instead of overwriting it.</param>
    /// <param name="factor">The device address of f, float32; 0 for 1.</param>
    public void Multiply(
        CudaStream stream, nint weights, int weightStride, nint x, int xStride, ScalarType type,
        nint output, int outputStride, ScalarType outputType, int rows, int columns, int tokens, bool add = false, nint factor = 0)
    {
        nint handle = Enter(stream);
        nint zero = _factors.Pointer, one = zero + sizeof(float);

        // The library counts columns first: its first operand, transposed, is W, and its result is Y with a token a column.
        int status = BlasApi.cublasGemmEx(
            handle, Transposed, Straight, rows, tokens, columns, factor == 0 ? one : factor, weights, TypeOf(type), weightStride,
            x, TypeOf(type), xStride, add ? one : zero, output, TypeOf(outputType), outputStride, Compute32F, DefaultAlgorithm);
        if (status != 0) Check(status, $"{rows} x {columns}, {tokens} tokens of {type}", nameof(BlasApi.cublasGemmEx));
    }

    /// <inheritdoc/>
    public void Dispose() => _made.Dispose();

    private nint Enter(CudaStream stream)
    {
        nint handle = _handle.Value;
        Check(BlasApi.cublasSetStream(handle, stream.Enter()));
        Check(BlasApi.cublasSetWorkspace(handle, _workspace.Pointer, WorkspaceBytes));
        return handle;
    }

    /// <summary><c>cudaDataType</c>.</summary>
    private static int TypeOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => 0,
        ScalarType.Float16 => 2,
        ScalarType.BFloat16 => 14,
        _ => throw new ArgumentException($"cuBLAS is not used with {type}", nameof(type)),
    };

    private static void Check(int status, string? subject = null, [CallerArgumentExpression(nameof(status))] string call = "") =>
        CudaException.Check(status, static code => Marshal.PtrToStringUTF8((nint)BlasApi.cublasGetStatusString(code)) ?? $"status {code}", subject, call);
}
