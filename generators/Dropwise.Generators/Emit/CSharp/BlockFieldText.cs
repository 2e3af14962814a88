using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Methods that store and load one element of somebody else's block at a time: packers need both, and scalar kernels read.</summary>
internal static class BlockFieldText
{
    /// <summary>Writes the method that reads one element of a part.</summary>
    /// <param name="writer">Receives the method.</param>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What it returns.</param>
    /// <param name="fields">The fields of the part.</param>
    public static void Reader(SourceWriter writer, string name, string summary, IEnumerable<BlockFieldSpec> fields)
    {
        writer.Line($"// {summary}");
        writer.Line($"private static unsafe int {name}(byte* block, int i) =>");
        foreach (string line in BlockElementText.Lines(fields, "ScaleLanes.TernaryDigit")) writer.Line("    " + line);
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
            string shift = BlockElementText.Shift(field);
            writer.Line($"block[{BlockElementText.Byte(field)}] |= (byte){(shift == "0" ? shifted : $"({shifted} << {shift})")};");
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
}
