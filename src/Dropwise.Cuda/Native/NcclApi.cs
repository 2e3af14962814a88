using System.Runtime.InteropServices;

namespace Dropwise.Cuda;

/// <summary>The functions of NCCL that this library uses, under the names of its documentation; all return <c>ncclResult_t</c>.</summary>
internal static unsafe partial class NcclApi
{
    private const string Library = NativeLibraryName.Nccl;

    [LibraryImport(Library)]
    public static partial int ncclCommInitAll(nint* communicators, int count, int* devices);

    [LibraryImport(Library)]
    public static partial int ncclCommDestroy(nint communicator);

    [LibraryImport(Library)]
    public static partial int ncclCommAbort(nint communicator);

    [LibraryImport(Library)]
    public static partial int ncclAllReduce(nint source, nint destination, nuint count, int type, int operation, nint communicator, nint stream);

    [LibraryImport(Library)]
    public static partial int ncclAllGather(nint source, nint destination, nuint count, int type, nint communicator, nint stream);

    [LibraryImport(Library)]
    public static partial byte* ncclGetErrorString(int result);
}
