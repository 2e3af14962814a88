using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dropwise.Inference.Blocks.Engines;

/// <summary>Values that the garbage collector does not move; it frees them too, so that disposing is nobody's duty.</summary>
/// <param name="length">Values.</param>
internal sealed unsafe class CpuMemory(long length) : FloatMemory(length)
{
    private readonly float[] _values = GC.AllocateUninitializedArray<float>(checked((int)length), pinned: true);

    /// <inheritdoc/>
    public override float* Pointer => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_values));

    /// <inheritdoc/>
    public override void Dispose()
    {
        // Nothing to do before the collector.
    }
}
