using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Where one element of somebody else's block lies, as text: packers store and load one at a time, and scalar kernels read it.</summary>
internal static class BlockFieldText
{
    /// <summary>Writes the method that reads one element of a part.</summary>
    /// <param name="writer">Receives the method.</param>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What it returns.</param>
    /// <param name="fields">The fields of the part.</param>
    public static void Reader(SourceWriter writer, string name, string summary, IEnumerable<BlockFieldSpec> fields)
    {
        BlockFieldSpec[] all = [.. fields];
        int elements = all.Max(static field => field.First + field.Count);
        string[] terms = [.. all.Select(field => Load(field, elements))];
        writer.Line($"// {summary}");
        writer.Line($"private static unsafe int {name}(byte* block, int i) =>");
        for (int i = 0; i < terms.Length; i++) writer.Line($"    {terms[i]}{(i == terms.Length - 1 ? ";" : " |")}");
    }

    /// <summary>Stores all elements of a field into a block whose bytes are zero before.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="field">The field.</param>
    /// <param name="element">The element of an index, as an expression of type int.</param>
    public static void Store(SourceWriter writer, BlockFieldSpec field, System.Func<string, string> element)
    {
        if (field.Base == 3)
        {
            StoreTernary(writer, field, element);
            return;
        }

        using (writer.Block($"for (int i = {Literals.Of(field.First)}; i < {Literals.Of(field.First + field.Count)}; i++)"))
        {
            string value = field.Place == 0 ? element("i") : $"({element("i")} >> {Literals.Of(field.Place)})";
            string shifted = $"({value} & 0x{(1 << field.Bits) - 1:X})";
            string shift = Shift(field);
            writer.Line($"block[{Byte(field)}] |= (byte){(shift == "0" ? shifted : $"({shifted} << {shift})")};");
        }
    }

    // The digits of a byte are a fraction in base 3, rounded up so that multiplying brings each back.
    private static void StoreTernary(SourceWriter writer, BlockFieldSpec field, System.Func<string, string> element)
    {
        int missing = 1;
        for (int i = field.Digits; i < 5; i++) missing *= 3;
        using (writer.Block($"for (int ternary = 0; ternary < {Literals.Of(field.Bytes)}; ternary++)"))
        {
            writer.Line("int value = 0;");
            string index = $"{Literals.Of(field.First)} + (ternary / {Literals.Of(field.Run)} * {Literals.Of(field.Run * field.Digits)}) + (digit * {Literals.Of(field.Run)}) + (ternary % {Literals.Of(field.Run)})";
            writer.Line($"for (int digit = 0; digit < {Literals.Of(field.Digits)}; digit++) value = (value * 3) + {element(index)};");
            writer.Line($"block[{Literals.Of(field.At)} + ternary] = (byte)(((value * {Literals.Of(missing * 256)}) + 242) / 243);");
        }
    }

    private static string Load(BlockFieldSpec field, int elements)
    {
        string piece = field.Base == 3
            ? $"ScaleLanes.TernaryDigit(block[{Byte(field)}], {Digit(field)})"
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

    private static string Byte(BlockFieldSpec field)
    {
        string index = Index(field);
        string inRun = field.Run == 1 ? "" : field.Run == field.Count ? index : $"({index} % {Literals.Of(field.Run)})";
        string chunk = field.Run * field.Digits == field.Count ? "" : Scaled($"{index} / {Literals.Of(field.Run * field.Digits)}", field.Run);
        string[] terms = [.. new[] { field.At == 0 ? "" : Literals.Of(field.At), chunk, inRun }.Where(static term => term.Length != 0)];
        return terms.Length == 0 ? "0" : string.Join(" + ", terms);
    }

    private static string Shift(BlockFieldSpec field)
    {
        if (field.Digits == 1) return Literals.Of(field.Shift);
        string scaled = Scaled(Digit(field), field.Bits);
        return field.Shift == 0 ? $"({scaled})" : $"({Literals.Of(field.Shift)} + {scaled})";
    }

    private static string Digit(BlockFieldSpec field)
    {
        string run = field.Run == 1 ? Index(field) : $"{Index(field)} / {Literals.Of(field.Run)}";
        return field.Run * field.Digits == field.Count ? run : $"{run} % {Literals.Of(field.Digits)}";
    }

    private static string Scaled(string factor, int by) => by == 1 ? $"({factor})" : $"({factor} * {Literals.Of(by)})";

    private static string Index(BlockFieldSpec field) => field.First == 0 ? "i" : $"(i - {Literals.Of(field.First)})";
}
