using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit;

/// <summary>Where element <c>i</c> of a part of somebody else's <c>block</c> lies: expressions that are the same in C# and in CUDA C++.</summary>
internal static class BlockElementText
{
    /// <summary>The element, put together from the fields that hold pieces of it: the lines of an expression, with its semicolon.</summary>
    /// <param name="fields">The fields of the part.</param>
    /// <param name="ternary">The function of a byte and a place that gives a digit of base 3.</param>
    public static IEnumerable<string> Lines(IEnumerable<BlockFieldSpec> fields, string ternary)
    {
        BlockFieldSpec[] all = [.. fields];
        int elements = all.Max(static field => field.First + field.Count);
        return all.Select((field, i) => Load(field, elements, ternary) + (i == all.Length - 1 ? ";" : " |"));
    }

    /// <summary>The byte that holds the piece of element <c>i</c>.</summary>
    /// <param name="field">The field.</param>
    public static string Byte(BlockFieldSpec field)
    {
        string index = Index(field);
        string inRun = field.Run == 1 ? "" : field.Run == field.Count ? index : $"({index} % {Literals.Of(field.Run)})";
        string chunk = field.Run * field.Digits == field.Count ? "" : Scaled($"{index} / {Literals.Of(field.Run * field.Digits)}", field.Run);
        string[] terms = [.. new[] { field.At == 0 ? "" : Literals.Of(field.At), chunk, inRun }.Where(static term => term.Length != 0)];
        return terms.Length == 0 ? "0" : string.Join(" + ", terms);
    }

    /// <summary>How far right that byte is shifted.</summary>
    /// <param name="field">The field, of base 2.</param>
    public static string Shift(BlockFieldSpec field)
    {
        if (field.Digits == 1) return Literals.Of(field.Shift);
        string scaled = Scaled(Digit(field), field.Bits);
        return field.Shift == 0 ? $"({scaled})" : $"({Literals.Of(field.Shift)} + {scaled})";
    }

    private static string Load(BlockFieldSpec field, int elements, string ternary)
    {
        string piece = field.Base == 3
            ? $"{ternary}(block[{Byte(field)}], {Digit(field)})"
            : Placed(field, $"block[{Byte(field)}]");
        bool everywhere = field.First == 0 && field.Count == elements;
        string condition = field.First == 0 ? $"i < {Literals.Of(field.Count)}"
            : field.First + field.Count == elements ? $"i >= {Literals.Of(field.First)}"
            : $"i >= {Literals.Of(field.First)} && i < {Literals.Of(field.First + field.Count)}";
        return everywhere ? piece : $"({condition} ? {piece} : 0)";
    }

    private static string Placed(BlockFieldSpec field, string stored)
    {
        string shift = Shift(field);
        string masked = field.Bits == 8 ? stored : shift == "0" ? $"({stored} & 0x{(1 << field.Bits) - 1:X})" : $"(({stored} >> {shift}) & 0x{(1 << field.Bits) - 1:X})";
        return field.Place == 0 ? masked : $"({masked} << {Literals.Of(field.Place)})";
    }

    private static string Digit(BlockFieldSpec field)
    {
        string run = field.Run == 1 ? Index(field) : $"{Index(field)} / {Literals.Of(field.Run)}";
        return field.Run * field.Digits == field.Count ? run : $"{run} % {Literals.Of(field.Digits)}";
    }

    private static string Scaled(string factor, int by) => by == 1 ? $"({factor})" : $"({factor} * {Literals.Of(by)})";

    private static string Index(BlockFieldSpec field) => field.First == 0 ? "i" : $"(i - {Literals.Of(field.First)})";
}
