using System.Runtime.InteropServices;

namespace Dropwise.Cpu;

/// <summary>Unmanaged, zeroed memory aligned to a cache line, which is also a 512-bit vector.</summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    /// <summary>The alignment in bytes.</summary>
    public const int Alignment = 64;

    private void* _pointer;

    /// <summary>Allocates zeroed memory.</summary>
    /// <param name="byteLength">Bytes, not negative.</param>
    public NativeBuffer(long byteLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(byteLength);
        ByteLength = byteLength;

        // A vector of slack, so that a kernel may read a whole register at the last element.
        nuint padded = (nuint)((byteLength + (2 * Alignment) - 1) / Alignment * Alignment);
        _pointer = NativeMemory.AlignedAlloc(padded, Alignment);
        NativeMemory.Clear(_pointer, padded);
    }

    /// <summary>Frees memory that was never disposed of.</summary>
    ~NativeBuffer() => Free();

    /// <summary>Usable bytes.</summary>
    public long ByteLength { get; }

    /// <summary>The first byte.</summary>
    /// <exception cref="ObjectDisposedException">The memory was freed.</exception>
    public byte* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pointer is null, this);
            return (byte*)_pointer;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }
}
