using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>Writes the repack kernels of scales and offsets: rows g and g + 8 become neighbours, so that one load brings a lane both.</summary>
internal static class ScalarRepackEmitter
{
    /// <summary>Writes the kernel of groups' scales or offsets.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="stream">A stream whose form is <see cref="GroupScalars"/>.</param>
    public static void Groups(SourceWriter writer, KernelPlan plan, DeviceStreamPlan stream)
    {
        var form = (GroupScalars)stream.Form;
        using (RepackKernel.Open(writer, stream.RepackKernel(plan.Format.Name), form, $"{stream.Name} as [groups][8 g][rows g and g + 8]."))
        {
            writer.Line($"const int source_groups = (source_columns + {form.GroupSize - 1}) / {form.GroupSize};");
            writer.Line($"const bool exists = unit * {form.GroupSize} < columns;");
            writer.Line($"const long long group = first_column / {form.GroupSize} + unit;");
            Word(writer, form.Stored, "exists && row < rows",
                "((long long)((first_row + row) / 64) * source_groups + group) * 64 + (first_row + row) % 64");
        }
    }

    /// <summary>Writes the kernel of rows' scales.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="stream">A stream whose form is <see cref="RowScalars"/>.</param>
    public static void Rows(SourceWriter writer, KernelPlan plan, DeviceStreamPlan stream)
    {
        var form = (RowScalars)stream.Form;
        using (RepackKernel.Open(writer, stream.RepackKernel(plan.Format.Name), form, $"{stream.Name} as [8 g][rows g and g + 8]."))
            Word(writer, form.Stored, "row < rows", "first_row + row");
    }

    // A word holds two float16 or one float32; padding is zero.
    private static void Word(SourceWriter writer, ScalarType stored, string exists, string at)
    {
        writer.Line("unsigned word = 0;");
        if (stored == ScalarType.Float16)
        {
            using (writer.Block("for (int half = 0; half < 2; half++)"))
            {
                writer.Line("const int row = tile * 16 + place + half * 8;");
                writer.Line($"if ({exists})");
                writer.Line($"    word |= (unsigned)((const unsigned short*)source)[{at}] << (16 * half);");
            }
        }
        else
        {
            writer.Line("const int row = tile * 16 + place / 2 + place % 2 * 8;");
            if (stored == ScalarType.BFloat16) writer.Line("// A bfloat16 is the upper half of a float32.");
            writer.Line($"if ({exists})");
            writer.Line(stored == ScalarType.BFloat16
                ? $"    word = (unsigned)((const unsigned short*)source)[{at}] << 16;"
                : $"    word = ((const unsigned*)source)[{at}];");
        }

        writer.Line("((unsigned*)destination)[index] = word;");
    }
}
