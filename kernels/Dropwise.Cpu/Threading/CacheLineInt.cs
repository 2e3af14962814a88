using System.Runtime.InteropServices;

namespace Dropwise.Cpu;

/// <summary>
/// An integer that shares its cache line with nothing: two lines long, because processors fetch lines in pairs. What one worker
/// spins on must not move whenever another worker writes a neighbour.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct CacheLineInt
{
    /// <summary>The value.</summary>
    [FieldOffset(64)]
    public int Value;
}
