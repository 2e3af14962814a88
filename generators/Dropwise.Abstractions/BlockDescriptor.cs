using System.Collections.Immutable;

namespace Dropwise;

/// <summary>The bytes of a format that is somebody else's, as data; see <see cref="BlockAttribute"/>.</summary>
public sealed record BlockDescriptor
{
    /// <summary>Inputs of a block.</summary>
    public required int Inputs { get; init; }

    /// <summary>Bytes of a block.</summary>
    public required int Bytes { get; init; }

    /// <summary>Whether quantized scales are signed.</summary>
    public bool SignedScales { get; init; }

    /// <summary>The fields, in the order of the declaration.</summary>
    public required ImmutableArray<BlockFieldDescriptor> Fields { get; init; }
}

/// <summary>One field of a block, as data; see <see cref="BlockFieldAttribute"/>. A number has 0 as its bits and base.</summary>
/// <param name="Part">What it holds.</param>
/// <param name="At">The first byte.</param>
/// <param name="Bytes">Bytes.</param>
/// <param name="Bits">Bits of a digit; 0 where digits have the base 3, and for numbers.</param>
/// <param name="Base">2 or 3; 0 for numbers.</param>
/// <param name="Run">Elements of a run.</param>
/// <param name="Shift">The lowest bit of a byte's first digit.</param>
/// <param name="Digits">Digits of a byte.</param>
/// <param name="First">The first element.</param>
/// <param name="Place">The lowest bit of the element that the field holds.</param>
public sealed record BlockFieldDescriptor(BlockPart Part, int At, int Bytes, int Bits, int Base, int Run, int Shift, int Digits, int First, int Place);
