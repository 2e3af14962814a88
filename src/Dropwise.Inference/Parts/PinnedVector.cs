using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dropwise.Inference;

/// <summary>Parameters that kernels read by address: a copy that the garbage collector does not move.</summary>
internal sealed unsafe class PinnedVector
{
    private readonly float[] _values;

    /// <summary>Copies parameters.</summary>
    /// <param name="values">The parameters.</param>
    public PinnedVector(ReadOnlySpan<float> values)
    {
        _values = GC.AllocateUninitializedArray<float>(values.Length, pinned: true);
        values.CopyTo(_values);
    }

    /// <summary>Parameters.</summary>
    public int Length => _values.Length;

    /// <summary>The first parameter; valid as long as this object is reachable.</summary>
    public float* Pointer => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_values));

    /// <summary>A copy of parameters that may be absent.</summary>
    /// <param name="values">The parameters, or null.</param>
    public static PinnedVector? OrNull(float[]? values) => values is null ? null : new PinnedVector(values);
}
