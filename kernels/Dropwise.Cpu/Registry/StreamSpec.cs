using System.Collections.Immutable;

namespace Dropwise.Cpu;

/// <summary>One operand stream of a packed matrix: a tensor on disk and a pointer at run time.</summary>
/// <param name="Name">The suffix of the tensor's name: <c>codes.1</c> … <c>codes.M</c>, <c>blocks</c>, <c>scales</c>, <c>zeros</c>, <c>row_scales</c>, <c>statistics</c>, <c>outlier_jobs</c>, <c>outliers</c>.</param>
/// <param name="Level">The lowest level that reads it, from 1.</param>
/// <param name="Type">The element type on disk.</param>
/// <param name="Shape">The shape on disk; rows are padded to whole tiles.</param>
public sealed record StreamSpec(string Name, int Level, ScalarType Type, ImmutableArray<long> Shape)
{
    /// <summary>Bytes of the stream.</summary>
    public long ByteLength => Shape.Aggregate(1L, (a, b) => a * b) * (FormatDescriptor.BitsOf(Type) / 8);
}
