namespace Dropwise.Cuda;

/// <summary>
/// One scalar or address that a kernel is given. The driver copies as many bytes as the kernel declares, so that a value in the low
/// bytes of a 64-bit word is right for every type (little-endian).
/// </summary>
public readonly struct KernelArgument
{
    private readonly ulong _bits;

    private KernelArgument(ulong bits) => _bits = bits;

    /// <summary>A device address, or another 64-bit integer.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator KernelArgument(nint value) => new((ulong)value);

    /// <summary>A 32-bit integer.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator KernelArgument(int value) => new((ulong)(long)value);

    /// <summary>An unsigned 32-bit integer.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator KernelArgument(uint value) => new(value);

    /// <summary>A 64-bit integer.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator KernelArgument(long value) => new((ulong)value);

    /// <summary>A float32.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator KernelArgument(float value) => new(BitConverter.SingleToUInt32Bits(value));

    /// <summary>A float64.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator KernelArgument(double value) => new(BitConverter.DoubleToUInt64Bits(value));

    /// <summary>The address of device memory.</summary>
    /// <param name="buffer">The memory.</param>
    public static implicit operator KernelArgument(DeviceBuffer buffer) => new((ulong)buffer.Pointer);
}
