using System.Runtime.InteropServices;

namespace Dropwise.Cuda;

/// <summary>The functions of cuBLAS that this library uses, under the names of its documentation; all return <c>cublasStatus_t</c>.</summary>
internal static unsafe partial class BlasApi
{
    private const string Library = NativeLibraryName.Blas;

    [LibraryImport(Library, EntryPoint = "cublasCreate_v2")]
    public static partial int cublasCreate(nint* handle);

    [LibraryImport(Library, EntryPoint = "cublasDestroy_v2")]
    public static partial int cublasDestroy(nint handle);

    [LibraryImport(Library, EntryPoint = "cublasGetVersion_v2")]
    public static partial int cublasGetVersion(nint handle, int* version);

    [LibraryImport(Library, EntryPoint = "cublasSetStream_v2")]
    public static partial int cublasSetStream(nint handle, nint stream);

    [LibraryImport(Library, EntryPoint = "cublasSetWorkspace_v2")]
    public static partial int cublasSetWorkspace(nint handle, nint workspace, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cublasSetPointerMode_v2")]
    public static partial int cublasSetPointerMode(nint handle, int mode);

    [LibraryImport(Library)]
    public static partial int cublasGemmEx(
        nint handle, int transposeA, int transposeB, int m, int n, int k, nint alpha, nint a, int typeA, int strideA,
        nint b, int typeB, int strideB, nint beta, nint c, int typeC, int strideC, int computeType, int algorithm);

    [LibraryImport(Library)]
    public static partial int cublasGemmBatchedEx(
        nint handle, int transposeA, int transposeB, int m, int n, int k, nint alpha, nint a, int typeA, int strideA,
        nint b, int typeB, int strideB, nint beta, nint c, int typeC, int strideC, int batch, int computeType, int algorithm);

    [LibraryImport(Library)]
    public static partial byte* cublasGetStatusString(int status);
}
