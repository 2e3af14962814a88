using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>
/// Writes what a part of planar codes adds to the sums of a tile: products of bytes by <c>mma</c>, then the run's scale, its zero point or its offset.
/// </summary>
internal static class PlanarByteProducts
{
    /// <summary>Writes the body of <c>multiply</c>: a part's runs one after the other.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="geometry">The decoder's geometry.</param>
    /// <param name="table">The table of lookup codes, or null.</param>
    public static void Write(SourceWriter writer, PlanarGeometry geometry, SplitTable? table)
    {
        string[] sums = table is not null ? ["high", "low"] : ["sums"];
        writer.Line("const PartCodes& part = loaded[index];");
        writer.Line("#pragma unroll");
        using (writer.Block($"for (int run = 0; run < {geometry.PartRuns}; run++)"))
        {
            if (geometry.GroupZero is not null && geometry.SubtractsBytes)
                writer.Line("const u32 zeros[2] = {(part.zeros[run] & 0xffu) * 0x01010101u, (part.zeros[run] >> 8) * 0x01010101u};");
            writer.Line($"i32 {string.Join(", ", sums.Select(static sum => $"{sum}[Tiles][4] = {{}}"))};");
            writer.Line("#pragma unroll");
            using (writer.Block($"for (int s = 0; s < {geometry.PartRunSteps}; s++)"))
            {
                writer.Line($"const int step = run * {geometry.PartRunSteps} + s;");
                writer.Line("u32 codes[4];");
                writer.Line("unpack(part, step, codes);");
                string? operand = table is not null ? "pack_nibbles(codes[i])"
                    : !geometry.SubtractsBytes ? null
                    : geometry.GroupZero is not null ? "subtract_bytes(codes[i], zeros[i % 2])"
                    : $"subtract_bytes(codes[i], 0x{geometry.ConstantZero * 0x01010101:x8}u)";
                if (operand is not null)
                {
                    writer.Line("#pragma unroll");
                    writer.Line($"for (int i = 0; i < 4; i++) codes[i] = {operand};");
                }

                foreach (string sum in sums)
                {
                    writer.Line("#pragma unroll");
                    writer.Line($"for (int t = 0; t < Tiles; t++) {Product(geometry, table, sum)}");
                }
            }

            writer.Line();
            Scale(writer, geometry, table);
        }
    }

    private static string Product(PlanarGeometry geometry, SplitTable? table, string sum)
    {
        bool unsigned = geometry is { Bits: 8, TwosComplement: false };
        IEnumerable<string> a = Enumerable.Range(0, 4).Select(i => table is null ? $"codes[{i}]" : $"{sum}_bytes(codes[{i}])");
        string b = $"x.b[t][index * {geometry.PartSteps} + step]";
        return $"multiply_{(unsigned ? "unsigned_" : "")}bytes({sum}[t], {string.Join(", ", a)}, {b}[0], {b}[1]);";
    }

    // A column pair is the high and the low byte of a token. What a run can sum fits 32 bits: at most 128 inputs of 8-bit codes and 256 of 7-bit ones,
    // times 32512.
    private static void Scale(SourceWriter writer, PlanarGeometry geometry, SplitTable? table)
    {
        writer.Line("#pragma unroll");
        using (writer.Block("for (int half = 0; half < 2; half++)"))
        {
            if (geometry.GroupScale is { } scale)
                writer.Line($"const float scale = {StoredScalar.Float(scale.Type, "part.scales[run]", "half")}{(table is null ? geometry.TableFactor : $" * {Literals.OfCuda(table.Scale)}")};");
            else if (table is not null)
                writer.Line($"const float scale = {Literals.OfCuda(table.Scale)};");
            if (geometry.GroupOffset is { } offset) writer.Line($"const float offset = {StoredScalar.Float(offset.Type, "part.offsets[run]", "half")};");
            bool shifted = geometry.SumSteps != 0;
            if (geometry.GroupZero is not null && shifted) writer.Line("const i32 zero = part.zeros[run] >> 8 * half & 0xff;");
            writer.Line("#pragma unroll");
            using (writer.Block("for (int t = 0; t < Tiles; t++)"))
            {
                if (table is not null)
                {
                    writer.Line("const float high_sum = static_cast<float>(high[t][2 * half] * 256 + high[t][2 * half + 1]);");
                    writer.Line("const float low_sum = static_cast<float>(low[t][2 * half] * 256 + low[t][2 * half + 1]);");
                    writer.Line("y[t][half] += scale * fmaf(256.0f, high_sum, low_sum);");
                    return;
                }

                string zero = !shifted ? "" : geometry.GroupZero is not null ? " - zero * inputs" : geometry.ConstantZero != 0 ? $" - {geometry.ConstantZero} * inputs" : "";
                if (shifted) writer.Line($"const i32 inputs = {(geometry.SumSteps == 1 ? $"x.sum(t, index * {geometry.PartRuns} + run)" : $"x.sums[t][index * {geometry.PartRuns} + run]")};");
                writer.Line($"const i32 sum = sums[t][2 * half] * 256 + sums[t][2 * half + 1]{zero};");
                writer.Line($"y[t][half] += {(geometry.GroupScale is null ? "" : "scale * ")}static_cast<float>(sum);");
                if (geometry.GroupOffset is not null) writer.Line("y[t][half] += offset * static_cast<float>(inputs);");
            }
        }
    }
}
