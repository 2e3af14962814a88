using System.Runtime.InteropServices;

namespace Dropwise.Cuda;

/// <summary>
/// The functions of the CUDA driver API that this library uses. They keep the names of the driver's documentation, which is where each
/// of them is described; handles and device addresses are <c>nint</c>.
/// </summary>
internal static unsafe partial class DriverApi
{
    private const string Library = NativeLibraryName.Driver;

    [LibraryImport(Library)]
    public static partial DriverResult cuInit(uint flags);

    [LibraryImport(Library)]
    public static partial DriverResult cuDriverGetVersion(int* version);

    [LibraryImport(Library)]
    public static partial DriverResult cuGetErrorName(DriverResult error, byte** name);

    [LibraryImport(Library)]
    public static partial DriverResult cuGetErrorString(DriverResult error, byte** text);

    [LibraryImport(Library)]
    public static partial DriverResult cuDeviceGetCount(int* count);

    [LibraryImport(Library)]
    public static partial DriverResult cuDeviceGet(int* device, int ordinal);

    [LibraryImport(Library)]
    public static partial DriverResult cuDeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library)]
    public static partial DriverResult cuDeviceGetAttribute(int* value, DeviceAttribute attribute, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceTotalMem_v2")]
    public static partial DriverResult cuDeviceTotalMem(nuint* bytes, int device);

    [LibraryImport(Library)]
    public static partial DriverResult cuDevicePrimaryCtxRetain(nint* context, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    public static partial DriverResult cuDevicePrimaryCtxRelease(int device);

    [LibraryImport(Library)]
    public static partial DriverResult cuCtxSetCurrent(nint context);

    [LibraryImport(Library)]
    public static partial DriverResult cuCtxSynchronize();

    [LibraryImport(Library, EntryPoint = "cuMemGetInfo_v2")]
    public static partial DriverResult cuMemGetInfo(nuint* free, nuint* total);

    [LibraryImport(Library, EntryPoint = "cuMemAlloc_v2")]
    public static partial DriverResult cuMemAlloc(nint* pointer, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cuMemFree_v2")]
    public static partial DriverResult cuMemFree(nint pointer);

    [LibraryImport(Library)]
    public static partial DriverResult cuMemHostAlloc(nint* pointer, nuint bytes, uint flags);

    [LibraryImport(Library)]
    public static partial DriverResult cuMemFreeHost(nint pointer);

    [LibraryImport(Library, EntryPoint = "cuMemcpyHtoDAsync_v2")]
    public static partial DriverResult cuMemcpyHtoDAsync(nint destination, nint source, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemcpyDtoHAsync_v2")]
    public static partial DriverResult cuMemcpyDtoHAsync(nint destination, nint source, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemcpyDtoDAsync_v2")]
    public static partial DriverResult cuMemcpyDtoDAsync(nint destination, nint source, nuint bytes, nint stream);

    [LibraryImport(Library)]
    public static partial DriverResult cuMemsetD8Async(nint pointer, byte value, nuint count, nint stream);

    [LibraryImport(Library)]
    public static partial DriverResult cuStreamCreate(nint* stream, uint flags);

    [LibraryImport(Library, EntryPoint = "cuStreamDestroy_v2")]
    public static partial DriverResult cuStreamDestroy(nint stream);

    [LibraryImport(Library)]
    public static partial DriverResult cuStreamSynchronize(nint stream);

    [LibraryImport(Library)]
    public static partial DriverResult cuStreamWaitEvent(nint stream, nint waited, uint flags);

    [LibraryImport(Library, EntryPoint = "cuStreamBeginCapture_v2")]
    public static partial DriverResult cuStreamBeginCapture(nint stream, int mode);

    [LibraryImport(Library)]
    public static partial DriverResult cuStreamEndCapture(nint stream, nint* graph);

    [LibraryImport(Library)]
    public static partial DriverResult cuEventCreate(nint* created, uint flags);

    [LibraryImport(Library, EntryPoint = "cuEventDestroy_v2")]
    public static partial DriverResult cuEventDestroy(nint destroyed);

    [LibraryImport(Library)]
    public static partial DriverResult cuEventRecord(nint recorded, nint stream);

    [LibraryImport(Library)]
    public static partial DriverResult cuEventSynchronize(nint waited);

    [LibraryImport(Library)]
    public static partial DriverResult cuEventQuery(nint queried);

    [LibraryImport(Library)]
    public static partial DriverResult cuEventElapsedTime(float* milliseconds, nint start, nint end);

    [LibraryImport(Library)]
    public static partial DriverResult cuGraphInstantiateWithFlags(nint* executable, nint graph, ulong flags);

    [LibraryImport(Library)]
    public static partial DriverResult cuGraphUpload(nint executable, nint stream);

    [LibraryImport(Library)]
    public static partial DriverResult cuGraphLaunch(nint executable, nint stream);

    [LibraryImport(Library)]
    public static partial DriverResult cuGraphGetNodes(nint graph, nint* nodes, nuint* count);

    [LibraryImport(Library)]
    public static partial DriverResult cuGraphDestroy(nint graph);

    [LibraryImport(Library)]
    public static partial DriverResult cuGraphExecDestroy(nint executable);

    [LibraryImport(Library)]
    public static partial DriverResult cuModuleLoadData(nint* module, void* image);

    [LibraryImport(Library)]
    public static partial DriverResult cuModuleUnload(nint module);

    [LibraryImport(Library)]
    public static partial DriverResult cuModuleGetFunction(nint* function, nint module, byte* name);

    [LibraryImport(Library, EntryPoint = "cuModuleGetGlobal_v2")]
    public static partial DriverResult cuModuleGetGlobal(nint* pointer, nuint* bytes, nint module, byte* name);

    [LibraryImport(Library, EntryPoint = "cuMemcpyDtoH_v2")]
    public static partial DriverResult cuMemcpyDtoH(nint destination, nint source, nuint bytes);

    [LibraryImport(Library)]
    public static partial DriverResult cuFuncGetAttribute(int* value, FunctionAttribute attribute, nint function);

    [LibraryImport(Library)]
    public static partial DriverResult cuFuncSetAttribute(nint function, FunctionAttribute attribute, int value);

    [LibraryImport(Library)]
    public static partial DriverResult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, nint function, int threads, nuint sharedBytes);

    [LibraryImport(Library)]
    public static partial DriverResult cuLaunchKernelEx(LaunchConfiguration* configuration, nint function, void** parameters, void** extra);
}
