using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>Writes the repack kernels of codes with a second level, of their quantized scales and zeros, and of the statistics.</summary>
internal static class SecondLevelRepackEmitter
{
    /// <summary>Writes the kernel of codes, and the readers that it calls.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="stream">A stream whose form is <see cref="InterleavedCodes"/>.</param>
    public static void Codes(SourceWriter writer, KernelPlan plan, DeviceStreamPlan stream)
    {
        var form = (InterleavedCodes)stream.Form;
        foreach (CodePlane plane in form.Planes)
        {
            PlaneRepackEmitter.Reader(writer, form.Bits, plane);
            writer.Line();
        }

        string summary = $"{stream.Name} as [{form.Bits} chunks][32 lanes][4 registers], lane 4g + q; a byte is an input's codes of several steps.";
        using (RepackKernel.Open(writer, stream.RepackKernel(plan.Format.Name), form, summary))
        {
            writer.Line($$"""
                const int chunk = place / 128;
                const int lane = place / 4 % 32;
                const int row = tile * 16 + lane / 4 + place % 2 * 8;
                const int first = unit * {{SecondLevelUnit.Inputs}} + lane % 4 * 8 + place % 4 / 2 * 4;
                const int blocks = (source_columns + 31) / 32;
                unsigned packed = 0;
                """);
            using (writer.Block($"for (int step = 0; row < rows && step < {SecondLevelUnit.Steps}; step++)"))
            {
                writer.Line("const int column = first + step * 32;");
                writer.Line("if (column >= columns) break;");
                string code = string.Join(" | ", form.Planes.Select(static plane =>
                    $"bits_from_{plane.Shift}(source, blocks, first_row + row, first_column + column)" + (plane.Shift == 0 ? "" : $" << {plane.Shift}")));
                writer.Line($"const unsigned codes = {code};");
                foreach (string line in Place(form.Bits)) writer.Line(line);
            }

            writer.Line("((unsigned*)destination)[index] = packed;");
        }
    }

    /// <summary>Writes the kernel of quantized scales and zeros.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="stream">A stream whose form is <see cref="StatisticWords"/>.</param>
    public static void Words(SourceWriter writer, KernelPlan plan, DeviceStreamPlan stream)
    {
        int bits = ((StatisticWords)stream.Form).Bits;
        string summary = $"{stream.Name} as [{bits} words][8 g][parity of the group]: for each step scales of rows g and g + 8, then their zeros, {bits} bits each.";
        using (RepackKernel.Open(writer, stream.RepackKernel(plan.Format.Name), stream.Form, summary))
        {
            writer.Line($$"""
                const int groups = (source_columns + 31) / 32 * 2;
                unsigned packed = 0;
                """);
            using (writer.Block($"for (int field = 0; field < {SecondLevelUnit.Fields}; field++)"))
            {
                writer.Line($$"""
                    const int shift = field * {{bits}} - place / 16 * 32;  // a field may begin in the word before
                    const int row = tile * 16 + place / 2 % 8 + field % 2 * 8;
                    const int column = unit * {{SecondLevelUnit.Inputs}} + field / 4 * 32 + place % 2 * 16;
                    if (shift <= -{{bits}} || shift >= 32 || row >= rows || column >= columns) continue;
                    const int lane = (first_row + row) % 64;
                    const unsigned char* bytes = source + (((long long)((first_row + row) / 64) * groups + (first_column + column) / 16) * 16 + lane % 16) * {{bits}};
                    unsigned word = 0;
                    for (int i = 0; i < {{bits}}; i++) word |= (unsigned)bytes[i] << (8 * i);
                    const unsigned value = word >> (lane / 16 * {{2 * bits}} + field / 2 % 2 * {{bits}}) & {{(1 << bits) - 1}}u;
                    packed |= shift < 0 ? value >> -shift : value << shift;
                    """);
            }

            writer.Line("((unsigned*)destination)[index] = packed;");
        }
    }

    /// <summary>Writes the kernel of statistics; a shard begins at 16 rows that share them.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="stream">A stream whose form is <see cref="GroupStatistics"/>.</param>
    public static void Statistics(SourceWriter writer, KernelPlan plan, DeviceStreamPlan stream)
    {
        using (RepackKernel.Open(writer, stream.RepackKernel(plan.Format.Name), stream.Form, $"{stream.Name} as [16 groups][4]."))
        {
            writer.Line($$"""
                const int groups = (source_columns + 31) / 32 * 2;
                const int column = unit * {{SecondLevelUnit.Inputs}} + place / 2 * 16;
                const int row = first_row + tile * 16;
                const long long at = (((long long)(row / 64) * groups + (first_column + column) / 16) * 4 + row % 64 / 16) * 2 + place % 2;
                ((unsigned*)destination)[index] = column < columns ? ((const unsigned*)source)[at] : 0;
                """);
        }
    }

    // Which bits of a step's codes a chunk holds, and where.
    private static IEnumerable<string> Place(int bits)
    {
        if (bits != 3)
        {
            int steps = 8 / bits;
            yield return $"if (step / {steps} == chunk) packed |= codes << (step % {steps} * {bits});";
            yield break;
        }

        yield return "if (step < 6 && step / 2 == chunk) packed |= codes << (step % 2 * 3);";
        yield return "if (step - 6 == chunk) packed |= (codes & 0x03030303u) << 6;  // two bits of a code fill a byte ...";
        yield return "if (step >= 6 && chunk == 2) packed |= (codes & 0x04040404u) << (step - 2);  // ... and its third lies in the last chunk";
    }
}
