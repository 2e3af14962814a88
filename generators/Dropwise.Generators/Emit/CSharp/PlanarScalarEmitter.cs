using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes the planar kernels of the scalar engine: one weight at a time, the same arithmetic as the vector engines.</summary>
internal static class PlanarScalarEmitter
{
    private const int Rows = PlanarPacking.TileRows;
    private const int Inputs = PlanarPacking.BlockInputs;

    /// <summary>Codes to a panel.</summary>
    /// <param name="writer">Receives the method.</param>
    /// <param name="kernel">The kernel.</param>
    public static void Dequantize(SourceWriter writer, KernelDefinition kernel)
    {
        var geometry = new PlanarGeometry(kernel);
        using (KernelMethod.Open(writer, kernel, "Values of 64 rows as a panel [inputs, 64] of float32; inputs come in whole blocks of 32."))
        {
            Table(writer, geometry.Table is { } lookup ? $"ReadOnlySpan<float> values = {Literals.Of(lookup.Values)};" : null);
            using (writer.Block("for (int input = 0; input < tile->Inputs; input++)"))
            using (writer.Block($"for (int row = 0; row < {Rows}; row++)"))
            {
                writer.Line($"int code = CodeAt(tile->Codes[0] + ((long)(input / {Inputs}) * {geometry.BlockBytes}), row, input % {Inputs});");
                if (geometry.GroupScale is { } scale)
                    writer.Line($"long group = ((tile->FirstInput + input) / {scale.GroupSize}) - (tile->FirstInput / {scale.GroupSize});");
                string value = geometry.Table is not null ? "values[code]" : Zero(geometry) is { } zero ? $"(code - {zero})" : "code";
                writer.Line($"tile->Output[((long)input * {Rows}) + row] = {Scaled(geometry, value)};");
            }
        }
    }

    /// <summary>Products with int8 activations, one token.</summary>
    /// <param name="writer">Receives the method.</param>
    /// <param name="kernel">The kernel.</param>
    public static void ByteGemv(SourceWriter writer, KernelDefinition kernel) => Gemv(
        writer, kernel, "sbyte", "x[(at * 32) + input]", "Adds the products of 64 rows with int8 activations.", null, 1);

    /// <summary>Products with int16 activations, one token.</summary>
    /// <param name="writer">Receives the method.</param>
    /// <param name="kernel">The kernel.</param>
    public static void WordGemv(SourceWriter writer, KernelDefinition kernel)
    {
        var schedule = (PlanarWordGemv)kernel.Schedule;
        string words = string.Join(", ", schedule.Table.Select(static w => Literals.Of(w)));
        string? table = schedule.Table.Count == 0 ? null : $"ReadOnlySpan<short> words = [{words}];";

        // Activations of four inputs lie in the order 0, 2, 1, 3, which is its own inverse.
        const string activation = "x[(at * 32) + (input & ~3) + ((input & 1) << 1) + ((input & 2) >> 1)]";
        Gemv(writer, kernel, "short", activation, "Adds the products of 64 rows with int16 activations.", table, schedule.TableScale);
    }

    /// <summary>Products with int8 activations, several tokens.</summary>
    /// <param name="writer">Receives the method.</param>
    /// <param name="kernel">The kernel.</param>
    public static void ByteGemm(SourceWriter writer, KernelDefinition kernel)
    {
        var geometry = new PlanarGeometry(kernel);
        using (KernelMethod.Open(writer, kernel, "Adds the products of 64 rows with the int8 activations of several tokens, [blocks, tokens, 32]."))
        {
            writer.Line("sbyte* x = (sbyte*)tile->Activations;");
            writer.Line("int* codes = stackalloc int[32];");
            using (writer.Block("for (int block = 0; block < tile->Inputs / 32; block++)"))
            using (writer.Block($"for (int row = 0; row < {Rows}; row++)"))
            {
                writer.Line($"byte* first = tile->Codes[0] + ((long)block * {geometry.BlockBytes});");
                writer.Line("for (int input = 0; input < 32; input++) codes[input] = CodeAt(first, row, input);");
                GroupOfBlock(writer, geometry);
                using (writer.Block("for (int token = 0; token < tile->Tokens; token++)"))
                {
                    writer.Line("long at = ((long)block * tile->TokenStride) + token;");
                    writer.Line("int dot = 0;");
                    writer.Line("for (int input = 0; input < 32; input++) dot += codes[input] * x[(at * 32) + input];");
                    Accumulate(writer, geometry, "tile->Output[(token * 64) + row]", "dot * tile->ActivationScales[at]", "tile->ActivationSums[at]");
                }
            }
        }
    }

    private static void Gemv(SourceWriter writer, KernelDefinition kernel, string element, string activation, string summary, string? table, float tableScale)
    {
        var geometry = new PlanarGeometry(kernel);
        using (KernelMethod.Open(writer, kernel, summary))
        {
            Table(writer, table);
            writer.Line($"{element}* x = ({element}*)tile->Activations;");
            using (writer.Block("for (int block = 0; block < tile->Inputs / 32; block++)"))
            using (writer.Block($"for (int row = 0; row < {Rows}; row++)"))
            {
                writer.Line("long at = (long)block * tile->TokenStride;");
                writer.Line("int dot = 0;");
                using (writer.Block("for (int input = 0; input < 32; input++)"))
                {
                    writer.Line($"int code = CodeAt(tile->Codes[0] + ((long)block * {geometry.BlockBytes}), row, input);");
                    writer.Line($"dot += {(table is null ? "code" : "words[code]")} * {activation};");
                }

                GroupOfBlock(writer, geometry);
                string product = "dot * tile->ActivationScales[at]" + (table is null ? "" : $" * {Literals.Of(tableScale)}");
                Accumulate(writer, geometry, "tile->Output[row]", product, "tile->ActivationSums[at]");
            }
        }
    }

    private static void GroupOfBlock(SourceWriter writer, PlanarGeometry geometry)
    {
        if (geometry.BlocksPerGroup == 0) return;
        writer.Line(geometry.BlocksPerGroup == 1 ? "long group = block;" : $"long group = block / {geometry.BlocksPerGroup};");
    }

    private static void Accumulate(SourceWriter writer, PlanarGeometry geometry, string output, string product, string sum)
    {
        string corrected = Zero(geometry) is { } zero ? $"(({product}) - ({zero} * {sum}))" : $"({product})";
        string offset = geometry.GroupOffset is { } shift ? $" + ({StoredScalar.Load(shift.Type, Address("zeros", shift.Type))} * {sum})" : "";
        writer.Line($"{output} += {Rowed(geometry, Grouped(geometry, corrected) + offset)};");
    }

    private static string Scaled(PlanarGeometry geometry, string value)
    {
        string offset = geometry.GroupOffset is { } shift ? $" + {StoredScalar.Load(shift.Type, Address("zeros", shift.Type))}" : "";
        return Rowed(geometry, Grouped(geometry, value) + offset);
    }

    private static string Grouped(PlanarGeometry geometry, string value) => geometry.GroupScale is { } scale
        ? $"({StoredScalar.Load(scale.Type, Address("scales", scale.Type))} * {value})"
        : value;

    private static string Rowed(PlanarGeometry geometry, string value) => geometry.RowScale is { } scale
        ? $"({StoredScalar.Load(scale.Type, $"({StoredScalar.Element(scale.Type)}*)tile->RowScales + row")} * ({value}))"
        : value;

    /// <summary>The integer to subtract from a code, or null.</summary>
    private static string? Zero(PlanarGeometry geometry) =>
        geometry.GroupZero is not null ? $"ZeroAt(tile->Zeros + (group * {geometry.ZeroBytes}), row)"
        : geometry.ConstantZero != 0 ? Literals.Of(geometry.ConstantZero) : null;

    private static string Address(string stream, ScalarType type) =>
        $"({StoredScalar.Element(type)}*)tile->{(stream == "scales" ? "Scales" : "Zeros")} + (group * {Rows}) + row";

    private static void Table(SourceWriter writer, string? declaration)
    {
        if (declaration is not null) writer.Line(declaration);
    }
}
