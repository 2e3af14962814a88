namespace Dropwise;

/// <summary>
/// A block-Hadamard rotation of one input site. Identity matters: matrices that read the same activation hold the same instance,
/// so that it is rotated once.
/// </summary>
public sealed class InputTransform
{
    /// <summary>Creates a rotation.</summary>
    /// <param name="signs">One of +1 and −1 for each input [K].</param>
    /// <exception cref="ArgumentException">There is no input, or a sign is neither +1 nor −1.</exception>
    public InputTransform(sbyte[] signs)
    {
        if (signs.Length == 0) throw new ArgumentException("a rotation needs at least one input", nameof(signs));
        if (signs.AsSpan().IndexOfAnyExcept((sbyte)1, (sbyte)-1) is >= 0 and int at)
            throw new ArgumentException($"sign {at} is {signs[at]}, not +1 or -1", nameof(signs));
        Signs = signs;
        BlockSize = FormatDescriptor.RotationBlock(signs.Length);
    }

    /// <summary>One of +1 and −1 for each input [K].</summary>
    public sbyte[] Signs { get; }

    /// <summary>Inputs K.</summary>
    public int Columns => Signs.Length;

    /// <summary>The length p of a Hadamard block.</summary>
    public int BlockSize { get; }
}
