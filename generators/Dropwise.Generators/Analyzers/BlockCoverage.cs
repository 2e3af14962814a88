using Dropwise.Generators.Model;
using Dropwise.Generators.Parsing;

namespace Dropwise.Generators.Analyzers;

/// <summary>Which bits of a block, and which bits of its elements, fields have accounted for so far.</summary>
internal sealed class BlockCoverage
{
    // Five ternary digits are the most that a byte distinguishes.
    private const int TernaryDigits = 5;
    private const int Byte = 0xFF;

    private readonly byte[] _bytes;
    private readonly Dictionary<BlockPart, int[]> _elements = [];
    private readonly Dictionary<BlockPart, int> _bits = [];
    private readonly HashSet<BlockPart> _numbers;
    private readonly HashSet<BlockPart> _missingNumbers;

    /// <summary>Starts with nothing accounted for.</summary>
    /// <param name="declaration">A declaration whose block has a legal shape.</param>
    /// <param name="block">Its block.</param>
    public BlockCoverage(FormatDeclaration declaration, BlockSpec block)
    {
        _bytes = new byte[block.Bytes];
        bool offsets = declaration.Group!.Choice<ZeroPoint>("Zero") == ZeroPoint.Rescale;
        Expect(BlockPart.Codes, block.Inputs, (declaration.Uniform ?? declaration.Lookup)?.Integer("Bits") ?? 0);
        if (declaration.SecondLevel is { } level)
        {
            int groups = block.Inputs / declaration.Group.Integer("Size")!.Value;
            Expect(BlockPart.Scales, groups, level.Integer("ScaleBits") ?? 0);
            if (offsets) Expect(BlockPart.Zeros, groups, level.Integer("ZeroBits") ?? 0);
            _numbers = offsets ? [BlockPart.ScaleStep, BlockPart.ZeroStep] : [BlockPart.ScaleStep];
        }
        else
        {
            _numbers = offsets ? [BlockPart.Scales, BlockPart.Zeros] : [BlockPart.Scales];
        }

        _missingNumbers = [.. _numbers];
    }

    /// <summary>Accounts for a field.</summary>
    /// <param name="field">The field.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public string? Add(BlockFieldSpec field)
    {
        if (field.At < 0 || field.Bytes <= 0 || field.At > _bytes.Length - field.Bytes) return $"bytes {field.At} to {field.At + field.Bytes - 1} are not inside the block";
        if (field.IsNumber) return AddNumber(field);
        if (!_elements.TryGetValue(field.Part, out int[]? elements)) return $"the format has no packed {field.Part}";
        if (Layout(field) is { } fault) return fault;
        if (field.First < 0 || field.First > elements.Length - field.Count) return $"elements {field.First} to {field.First + field.Count - 1} are not among the {elements.Length} {field.Part}";
        for (int i = field.First; i < field.First + field.Count; i++)
        {
            int bits = field.Base == 3 ? Mask(_bits[field.Part]) : Mask(field.Bits) << field.Place;
            if (bits > Mask(_bits[field.Part])) return $"{field.Part} have {_bits[field.Part]} bits";
            if ((elements[i] & bits) != 0) return $"element {i} of {field.Part} has these bits already";
            elements[i] |= bits;
        }

        for (int i = 0; i < field.Bytes; i++)
        {
            int used = field.Base == 3 ? Byte : Mask(field.Bits * field.Digits) << field.Shift;
            if (Take(field.At + i, used) is { } taken) return taken;
        }

        return null;
    }

    /// <summary>What no field has accounted for, or null.</summary>
    public string? Missing()
    {
        foreach (BlockPart number in _missingNumbers) return $"add a BlockField for {number}";
        for (int i = 0; i < _bytes.Length; i++)
        {
            if (_bytes[i] != Byte) return $"byte {i} has bits of no field (0x{Byte & ~_bytes[i]:X2})";
        }

        foreach (BlockPart part in _elements.Keys)
        {
            int at = Array.FindIndex(_elements[part], bits => bits != Mask(_bits[part]));
            if (at >= 0) return $"element {at} of {part} lacks bits (0x{Mask(_bits[part]) & ~_elements[part][at]:X2})";
        }

        return null;
    }

    private static int Mask(int bits) => (1 << bits) - 1;

    private static string? Layout(BlockFieldSpec field)
    {
        if (field.Run <= 0 || field.Bytes % field.Run != 0) return $"a Run of {field.Run} does not divide {field.Bytes} bytes";
        if (field.Base == 3)
            return field.Bits != 0 || field.Shift != 0 || field.Place != 0 || field.Digits is < 1 or > TernaryDigits ? "ternary digits have no Bits, Shift or Place, and a byte has 1 to 5" : null;
        if (field.Base != 2) return $"use a Base of 2 or 3 instead of {field.Base}";
        return field.Bits is < 1 or > 8 || field.Shift < 0 || field.Place is < 0 or > 8 || field.Digits < 1 || field.Shift + (field.Bits * field.Digits) > 8
            ? $"{field.Digits} digits of {field.Bits} bits from bit {field.Shift} on are not in a byte"
            : null;
    }

    private void Expect(BlockPart part, int count, int bits)
    {
        _elements[part] = new int[count];
        _bits[part] = bits;
    }

    private string? AddNumber(BlockFieldSpec field)
    {
        if (!_numbers.Contains(field.Part)) return $"the format has no number for {field.Part}";
        if (!_missingNumbers.Remove(field.Part)) return $"{field.Part} has a field already";
        for (int i = 0; i < field.Bytes; i++)
        {
            if (Take(field.At + i, Byte) is { } taken) return taken;
        }

        return null;
    }

    private string? Take(int at, int bits)
    {
        if ((_bytes[at] & bits) != 0) return $"bits of byte {at} belong to two fields";
        _bytes[at] |= (byte)bits;
        return null;
    }
}
