using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dropwise.Inference.Blocks;

/// <summary>Values between the parts of a pass: memory that the garbage collector does not move and that the next window uses again.</summary>
internal sealed unsafe class FloatBuffer
{
    private float[] _values = [];

    /// <summary>The first value; valid as long as this object is reachable and not resized.</summary>
    public float* Pointer => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_values));

    /// <summary>Values in use.</summary>
    public int Length { get; private set; }

    /// <summary>The values in use.</summary>
    public Span<float> Values => _values.AsSpan(0, Length);

    /// <summary>Makes room.</summary>
    /// <param name="length">Values.</param>
    /// <returns>The first value; what is there means nothing.</returns>
    public float* Resize(int length)
    {
        if (length > _values.Length) _values = GC.AllocateUninitializedArray<float>(length, pinned: true);
        Length = length;
        return Pointer;
    }

    /// <summary>Makes room for values and copies them.</summary>
    /// <param name="source">The values.</param>
    /// <returns>The first value.</returns>
    public float* Copy(ReadOnlySpan<float> source)
    {
        float* values = Resize(source.Length);
        source.CopyTo(Values);
        return values;
    }

    /// <summary>Makes room for zeros.</summary>
    /// <param name="length">Values.</param>
    /// <returns>The first one.</returns>
    public float* Clear(int length)
    {
        float* values = Resize(length);
        Values.Clear();
        return values;
    }
}
