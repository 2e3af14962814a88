namespace Dropwise.Generators.Model;

/// <summary>The bytes of a block as declared.</summary>
/// <param name="Inputs">Inputs of a block.</param>
/// <param name="Bytes">Bytes of a block.</param>
/// <param name="SignedScales">Whether quantized scales are signed.</param>
/// <param name="Fields">The fields, in the order of the declaration.</param>
internal sealed record BlockSpec(int Inputs, int Bytes, bool SignedScales, EquatableArray<BlockFieldSpec> Fields)
{
    /// <summary>The fields of a part, in the order of the declaration.</summary>
    /// <param name="part">The part.</param>
    public IEnumerable<BlockFieldSpec> Of(BlockPart part) => Fields.Where(field => field.Part == part);

    /// <summary>The one number of a part, or null.</summary>
    /// <param name="part">The part.</param>
    public BlockFieldSpec? Number(BlockPart part) => Of(part).FirstOrDefault(static field => field.IsNumber);
}

/// <summary>One field of a block as declared, with what was left out filled in. A number has 0 as its bits, base and all that follows.</summary>
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
internal sealed record BlockFieldSpec(BlockPart Part, int At, int Bytes, int Bits, int Base, int Run, int Shift, int Digits, int First, int Place)
{
    /// <summary>Whether it is a number.</summary>
    public bool IsNumber => Base == 0;

    /// <summary>Elements of the field.</summary>
    public int Count => Bytes * Digits;

    /// <summary>Whether it holds a piece of an element.</summary>
    /// <param name="element">An input of the block, or a group of it.</param>
    public bool Holds(int element) => element >= First && element < First + Count;

    /// <summary>The byte of the block that holds an element's piece.</summary>
    /// <param name="element">An element that the field holds.</param>
    public int ByteOf(int element) => At + ((element - First) / (Run * Digits) * Run) + ((element - First) % Run);

    /// <summary>Which digit of the byte holds an element's piece.</summary>
    /// <param name="element">An element that the field holds.</param>
    public int DigitOf(int element) => (element - First) / Run % Digits;

    /// <summary>How far right a byte is shifted to bring an element's piece to the bottom.</summary>
    /// <param name="element">An element that the field holds.</param>
    public int ShiftOf(int element) => Shift + (DigitOf(element) * Bits);
}
