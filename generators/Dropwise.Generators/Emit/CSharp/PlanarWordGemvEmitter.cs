using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>
/// Writes the planar gemv with int16 activations: the even and the odd bytes of each dword become 16-bit weights, so that activations
/// lie in the order 0, 2, 1, 3 of each four.
/// </summary>
internal static class PlanarWordGemvEmitter
{
    // As for byte products: far enough ahead to cover a read from memory.
    private const int PrefetchBytes = 4096;

    /// <summary>Writes the kernel.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="PlanarWordGemv"/>.</param>
    /// <param name="dialect">The instruction set.</param>
    public static void Emit(SourceWriter writer, KernelDefinition kernel, VectorDialect dialect)
    {
        var schedule = (PlanarWordGemv)kernel.Schedule;
        var geometry = new PlanarGeometry(kernel);
        string tables = string.Join("", Tables(schedule, dialect).Select(static t => ", " + t.Name));
        using (KernelMethod.Open(writer, kernel, "Adds the products of 64 rows with int16 activations."))
        {
            foreach ((string type, string name, string value) in Tables(schedule, dialect)) writer.Line($"{type} {name} = {value};");
            new PlanarGemvText(geometry, dialect).Body(
                writer, static () => { }, address => $"DotWords{dialect.Bits}({address}, x{tables})", elementBytes: 2, schedule.TableScale);
        }

        writer.Line();
        Dot(writer, geometry, schedule, dialect);
    }

    private static void Dot(SourceWriter writer, PlanarGeometry geometry, PlanarWordGemv schedule, VectorDialect dialect)
    {
        var text = new PlanarVectorText(geometry, dialect);
        string parameters = string.Join("", Tables(schedule, dialect).Select(static t => $", {t.Type} {t.Name}"));
        writer.Line($"// {dialect.Lanes} rows × 32 inputs; 32 products of 8191 · 8191 fit a 32-bit lane.");
        writer.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
        using (writer.Block($"private static unsafe {dialect.Of("int")} DotWords{dialect.Bits}(byte* codes, byte* x{parameters})"))
        {
            for (int i = 0; i < geometry.Bits; i++) writer.Line($"Sse.Prefetch0(codes + {PrefetchBytes + (i * PlanarPacking.VectorBytes)});");
            text.LoadVectors(writer);
            bool permute = schedule.Table.Count != 0 && dialect.Bits == 512;
            if (schedule.Table.Count != 0 && !permute) text.ByteMasks(writer);
            for (int s = 0; s < PlanarPacking.SubVectors; s++)
            {
                (string even, string odd) = schedule.Table.Count == 0 ? Halves(geometry, s)
                    : permute ? (Permute(geometry, s, 0), Permute(geometry, s, 8))
                    : Shuffle(writer, text, s);
                string sum = s == 0 ? $"{dialect.Of("int")} dot =" : "dot +=";
                writer.Line($"{sum} {dialect.MultiplyAddAdjacent}({even}, {dialect.Vector}.Create(((int*)x)[{2 * s}]).AsInt16());");
                writer.Line($"dot += {dialect.MultiplyAddAdjacent}({odd}, {dialect.Vector}.Create(((int*)x)[{(2 * s) + 1}]).AsInt16());");
            }

            writer.Line("return dot;");
        }
    }

    // 8-bit codes: the even byte of a 16-bit lane is moved up and down again, the odd one down.
    private static (string Even, string Odd) Halves(PlanarGeometry geometry, int subVector) => geometry.TwosComplement
        ? ($"(v{subVector}.AsInt16() << 8) >> 8", $"v{subVector}.AsInt16() >> 8")
        : ($"(v{subVector}.AsUInt16() << 8 >> 8).AsInt16()", $"(v{subVector}.AsUInt16() >> 8).AsInt16()");

    // The index of a permute is the low five bits of a lane. Where the code is one plane, bits above it select a copy of the table
    // and need no mask; several planes are masked and joined.
    private static string Permute(PlanarGeometry geometry, int subVector, int position)
    {
        PlaneField[] fields = [.. geometry.Fields(subVector)];
        IEnumerable<string> terms = fields.Select(field =>
        {
            int shift = position + field.RightShift;
            string lanes = $"v{field.Vector}.AsUInt16()" + (shift == 0 ? "" : shift > 0 ? $" >> {shift}" : $" << {-shift}");
            return fields.Length == 1 ? lanes : $"(({lanes}) & Vector512.Create((ushort)0x{field.Mask:X}))";
        });
        return $"Avx512BW.PermuteVar32x16(words, ({string.Join(" | ", terms)}).AsInt16())";
    }

    private static (string Even, string Odd) Shuffle(SourceWriter writer, PlanarVectorText text, int subVector)
    {
        writer.Line($"Vector256<byte> c{subVector} = {text.ByteCodes(subVector)};");
        writer.Line($"Vector256<ushort> low{subVector} = Avx2.Shuffle(lowBytes, c{subVector}).AsUInt16();");
        writer.Line($"Vector256<ushort> high{subVector} = Avx2.Shuffle(highBytes, c{subVector}).AsUInt16();");
        return ($"((low{subVector} & Vector256.Create((ushort)0x00FF)) | (high{subVector} << 8)).AsInt16()",
            $"((low{subVector} >> 8) | (high{subVector} & Vector256.Create((ushort)0xFF00))).AsInt16()");
    }

    private static IEnumerable<(string Type, string Name, string Value)> Tables(PlanarWordGemv schedule, VectorDialect dialect)
    {
        if (schedule.Table.Count == 0) yield break;
        if (dialect.Bits == 512)
        {
            IEnumerable<string> words = PlanarLookupText.Repeat(schedule.Table, 32).Select(static w => $"(short){Literals.Of(w)}");
            yield return ("Vector512<short>", "words", $"Vector512.Create({string.Join(", ", words)})");
            yield break;
        }

        // A byte shuffle stays inside 128 bits, so both halves hold the table.
        short[] entries = PlanarLookupText.Repeat(schedule.Table, 32);
        yield return ("Vector256<byte>", "lowBytes", $"Vector256.Create({string.Join(", ", entries.Select(static w => $"(byte)0x{w & 0xFF:X2}"))})");
        yield return ("Vector256<byte>", "highBytes", $"Vector256.Create({string.Join(", ", entries.Select(static w => $"(byte)0x{(w >> 8) & 0xFF:X2}"))})");
    }
}
