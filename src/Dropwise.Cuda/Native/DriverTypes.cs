using System.Runtime.InteropServices;

namespace Dropwise.Cuda;

/// <summary><c>CUresult</c>: the codes that this library acts on; all others are reported as the driver names them.</summary>
internal enum DriverResult
{
    /// <summary>The call succeeded.</summary>
    Success = 0,

    /// <summary>There is not enough memory, of the device or pinned.</summary>
    OutOfMemory = 2,

    /// <summary>There is no device.</summary>
    NoDevice = 100,

    /// <summary>Work that an event or stream stands for has not finished.</summary>
    NotReady = 600,
}

/// <summary><c>CUdevice_attribute</c>: those that this library asks for.</summary>
public enum DeviceAttribute
{
    /// <summary>The most threads of a block.</summary>
    MaxThreadsPerBlock = 1,

    /// <summary>Streaming multiprocessors.</summary>
    MultiprocessorCount = 16,

    /// <summary>Bytes of the second-level cache.</summary>
    L2CacheBytes = 38,

    /// <summary>The first number of the compute capability.</summary>
    ComputeCapabilityMajor = 75,

    /// <summary>The second number of the compute capability.</summary>
    ComputeCapabilityMinor = 76,

    /// <summary>Bytes of shared memory of a multiprocessor.</summary>
    SharedBytesPerMultiprocessor = 81,

    /// <summary>Bytes of shared memory that a block may have after it has opted in.</summary>
    SharedBytesPerBlockOptIn = 97,
}

/// <summary><c>CUfunction_attribute</c>.</summary>
internal enum FunctionAttribute
{
    /// <summary>The most threads of a block that the kernel's registers allow.</summary>
    MaxThreadsPerBlock = 0,

    /// <summary>Bytes of static shared memory.</summary>
    SharedBytes = 1,

    /// <summary>Bytes of local memory a thread: spilled registers and arrays with dynamic indices.</summary>
    LocalBytes = 3,

    /// <summary>Registers a thread.</summary>
    Registers = 4,

    /// <summary>Bytes of dynamic shared memory that a launch may ask for.</summary>
    MaxDynamicSharedBytes = 8,
}

/// <summary><c>CUlaunchConfig</c>: 56 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LaunchConfiguration
{
    /// <summary>Blocks.</summary>
    public uint GridX, GridY, GridZ;

    /// <summary>Threads of a block.</summary>
    public uint BlockX, BlockY, BlockZ;

    /// <summary>Dynamic shared memory of a block.</summary>
    public uint SharedBytes;

    /// <summary><c>CUstream</c>.</summary>
    public nint Stream;

    /// <summary>Attributes, or null.</summary>
    public LaunchAttribute* Attributes;

    /// <summary>Their number.</summary>
    public uint AttributeCount;
}

/// <summary><c>CUlaunchAttribute</c>: an identifier, padding to 8 bytes, and a union of 64 bytes of which an int is used.</summary>
[StructLayout(LayoutKind.Sequential, Size = 72)]
internal struct LaunchAttribute
{
    /// <summary><c>CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION</c>.</summary>
    public const int ProgrammaticStreamSerialization = 6;

    /// <summary><c>CUlaunchAttributeID</c>.</summary>
    public int Id;

    private readonly int _padding;

    /// <summary>The first member of the union.</summary>
    public int Value;
}
