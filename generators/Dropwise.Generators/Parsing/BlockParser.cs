using Dropwise.Generators.Model;

namespace Dropwise.Generators.Parsing;

/// <summary>Reads the attributes of a block, and fills in what an author may leave out.</summary>
internal static class BlockParser
{
    // Five ternary digits are the most that a byte distinguishes.
    private const int TernaryDigits = 5;

    /// <summary>Reads a block.</summary>
    /// <param name="declaration">The declaration.</param>
    /// <returns>Null where there is no block, or an argument is missing or not a constant.</returns>
    public static BlockSpec? Read(FormatDeclaration declaration)
    {
        if (declaration.Block is not { } block || block.Integer("Inputs") is not { } inputs || block.Integer("Bytes") is not { } bytes) return null;
        BlockFieldSpec?[] fields = [.. declaration.BlockFields.Select(field => Field(declaration, field))];
        return fields.Contains(null) ? null : new BlockSpec(inputs, bytes, block.Flag("SignedScales"), new EquatableArray<BlockFieldSpec>(fields!));
    }

    /// <summary>Reads one field.</summary>
    /// <param name="declaration">The declaration.</param>
    /// <param name="field">The attribute.</param>
    /// <returns>Null where an argument is missing or not a constant.</returns>
    public static BlockFieldSpec? Field(FormatDeclaration declaration, AttributePart field)
    {
        if (field.Choice<BlockPart>("Part") is not { } part || field.Integer("At") is not { } at) return null;
        bool isNumber = part is BlockPart.ScaleStep or BlockPart.ZeroStep || (part != BlockPart.Codes && declaration.SecondLevel is null);
        if (isNumber) return new BlockFieldSpec(part, at, BytesOf(NumberType(declaration)), 0, 0, 0, 0, 0, 0, 0);
        int bytes = field.Integer("Bytes") ?? 0;
        int digitBase = field.Integer("Base") ?? 2;
        int bits = field.Integer("Bits") ?? 0;
        int shift = field.Integer("Shift") ?? 0;
        int most = digitBase == 3 ? TernaryDigits : bits <= 0 ? 0 : (8 - shift) / bits;
        return new BlockFieldSpec(
            part, at, bytes, bits, digitBase, field.Integer("Run") ?? bytes, shift, field.Integer("Digits") ?? most,
            field.Integer("First") ?? 0, field.Integer("Place") ?? 0);
    }

    private static ScalarType NumberType(FormatDeclaration declaration) => declaration.SecondLevel is { } level
        ? level.Choice<ScalarType>("Stat") ?? ScalarType.Float16
        : declaration.Group?.Choice<ScalarType>("Scale") ?? ScalarType.Float16;

    private static int BytesOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => 4,
        ScalarType.Float16 or ScalarType.BFloat16 => 2,
        _ => 1,
    };
}
