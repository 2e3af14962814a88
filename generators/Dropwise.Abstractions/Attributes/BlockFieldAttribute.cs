namespace Dropwise;

/// <summary>
/// One field of a block. A number needs its place only. Packed digits are described by how consecutive elements follow each other: the elements
/// of a run lie in consecutive bytes, each in the same digit; the next run is the next digit of the same bytes, until all digits were used; then
/// come the next bytes.
/// </summary>
/// <remarks>
/// Sixteen bytes of nibbles with <c>Run = 16</c>: the low halves are elements 0 to 15, the high halves 16 to 31. The same with <c>Run = 1</c>: byte i
/// has elements 2i and 2i + 1. An element whose bits are in several places has a field for each, told apart by <see cref="Place"/>.
/// </remarks>
/// <param name="part">What the field holds.</param>
/// <param name="at">The first byte, from the start of the block.</param>
[AttributeUsage(AttributeTargets.Struct, AllowMultiple = true)]
public sealed class BlockFieldAttribute(BlockPart part, int at) : Attribute
{
    /// <summary>What the field holds.</summary>
    public BlockPart Part { get; } = part;

    /// <summary>The first byte, from the start of the block.</summary>
    public int At { get; } = at;

    /// <summary>Packed digits: bytes of the field.</summary>
    public int Bytes { get; init; }

    /// <summary>Packed digits: bits of a digit, 1 to 8; 0 where digits have the base 3.</summary>
    public int Bits { get; init; }

    /// <summary>
    /// Packed digits: 3 for ternary ones. A byte b then stands for the fraction b / 256 in base 3, whose digit i is ((b · 3^i mod 256) · 3) div 256.
    /// </summary>
    public int Base { get; init; } = 2;

    /// <summary>Packed digits: elements of a run; all bytes of the field unless said otherwise.</summary>
    public int Run { get; init; }

    /// <summary>Packed bits: the lowest bit of a byte's first digit.</summary>
    public int Shift { get; init; }

    /// <summary>Packed digits: how many of a byte belong to the field; as many as there are above <see cref="Shift"/> unless said otherwise.</summary>
    public int Digits { get; init; }

    /// <summary>Packed digits: the field's first element: an input of the block, or a group of it.</summary>
    public int First { get; init; }

    /// <summary>Packed bits: the lowest bit of the element that the field holds.</summary>
    public int Place { get; init; }
}
