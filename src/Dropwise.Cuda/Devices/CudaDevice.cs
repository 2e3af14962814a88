using System.Runtime.InteropServices;

namespace Dropwise.Cuda;

/// <summary>A device and what it offers.</summary>
public sealed unsafe class CudaDevice
{
    private CudaDevice(int ordinal)
    {
        Ordinal = ordinal;
        int handle;
        CudaException.Check(DriverApi.cuDeviceGet(&handle, ordinal));
        Handle = handle;
        const int nameBytes = 256;
        byte* name = stackalloc byte[nameBytes];
        CudaException.Check(DriverApi.cuDeviceGetName(name, nameBytes, handle));
        Name = Marshal.PtrToStringUTF8((nint)name) ?? "";
        nuint bytes;
        CudaException.Check(DriverApi.cuDeviceTotalMem(&bytes, handle));
        MemoryBytes = (long)bytes;
        Capability = new Version(Attribute(DeviceAttribute.ComputeCapabilityMajor), Attribute(DeviceAttribute.ComputeCapabilityMinor));
        Multiprocessors = Attribute(DeviceAttribute.MultiprocessorCount);
        L2Bytes = Attribute(DeviceAttribute.L2CacheBytes);
        SharedBytesPerBlock = Attribute(DeviceAttribute.SharedBytesPerBlockOptIn);
        SharedBytesPerMultiprocessor = Attribute(DeviceAttribute.SharedBytesPerMultiprocessor);
    }

    /// <summary>The number of devices of this machine.</summary>
    /// <exception cref="CudaLibraryException">There is no driver or no device.</exception>
    public static int Count
    {
        get
        {
            _ = CudaDriver.Version;
            int count;
            CudaException.Check(DriverApi.cuDeviceGetCount(&count));
            return count;
        }
    }

    /// <summary>The device's number, from 0.</summary>
    public int Ordinal { get; }

    /// <summary>The marketing name.</summary>
    public string Name { get; }

    /// <summary>The compute capability: 9.0 for Hopper.</summary>
    public Version Capability { get; }

    /// <summary>Streaming multiprocessors.</summary>
    public int Multiprocessors { get; }

    /// <summary>Bytes of the second-level cache.</summary>
    public int L2Bytes { get; }

    /// <summary>The most bytes of shared memory of a block, after opting in.</summary>
    public int SharedBytesPerBlock { get; }

    /// <summary>Bytes of shared memory of a multiprocessor.</summary>
    public int SharedBytesPerMultiprocessor { get; }

    /// <summary>Bytes of device memory.</summary>
    public long MemoryBytes { get; }

    /// <summary>Whether a kernel may start before the one that it depends on has ended (programmatic dependent launch).</summary>
    public bool HasProgrammaticLaunch => Capability.Major >= 9;

    /// <summary><c>CUdevice</c>.</summary>
    internal int Handle { get; }

    /// <summary>Finds a device.</summary>
    /// <param name="ordinal">From 0 to <see cref="Count"/> − 1.</param>
    /// <exception cref="CudaLibraryException">There is no driver, or no device of that number.</exception>
    public static CudaDevice Get(int ordinal)
    {
        int count = Count;
        if (ordinal < 0 || ordinal >= count) throw new CudaLibraryException($"there is no CUDA device {ordinal}; this machine has {count}");
        return new CudaDevice(ordinal);
    }

    /// <summary>Any attribute of the device.</summary>
    /// <param name="attribute">Which.</param>
    public int Attribute(DeviceAttribute attribute)
    {
        int value;
        CudaException.Check(DriverApi.cuDeviceGetAttribute(&value, attribute, Handle), $"{attribute}");
        return value;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} (device {Ordinal})";
}
