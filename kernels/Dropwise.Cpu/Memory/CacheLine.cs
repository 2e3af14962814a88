using System.Runtime.CompilerServices;

namespace Dropwise.Cpu;

/// <summary>
/// Aligns scratch memory on the stack, which is aligned to 16 bytes only: a 512-bit load or store that crosses a cache line costs two.
/// Generated kernels call this.
/// </summary>
public static unsafe class CacheLine
{
    /// <summary>Bytes of a line, which is what scratch memory needs beyond its own size.</summary>
    public const int Bytes = 64;

    /// <summary>The first whole line at or after an address.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="pointer">The address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T* Align<T>(T* pointer)
        where T : unmanaged => (T*)(((nuint)pointer + (Bytes - 1)) & ~(nuint)(Bytes - 1));
}
