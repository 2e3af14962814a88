using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>Writes the repack kernel of integer zero points: bit planes on disk, a byte each in device memory.</summary>
internal static class ZeroRepackEmitter
{
    /// <summary>Writes the kernel.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="stream">A stream whose form is <see cref="GroupZeros"/>.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan, DeviceStreamPlan stream)
    {
        var form = (GroupZeros)stream.Form;
        int bytes = form.Planes.Sum(static plane => plane.Bits) * PlanarPacking.TileRows / 8;
        using (RepackKernel.Open(writer, stream.RepackKernel(plan.Format.Name), form, $"{stream.Name} as bytes [groups][8 g][rows g and g + 8]."))
        {
            writer.Line($"const int source_groups = (source_columns + {form.GroupSize - 1}) / {form.GroupSize};");
            writer.Line("unsigned word = 0;");
            using (writer.Block($"for (int i = 0; i < 4; i++)"))
            {
                writer.Line($$"""
                    const int row = tile * 16 + place * 2 + i / 2 + i % 2 * 8;
                    if (row >= rows || unit * {{form.GroupSize}} >= columns) continue;
                    const int lane = (first_row + row) % 64;
                    const long long tile_groups = (long long)((first_row + row) / 64) * source_groups;
                    const unsigned char* group = source + (tile_groups + first_column / {{form.GroupSize}} + unit) * {{bytes}};
                    """);
                writer.Line($"word |= ({string.Join(" | ", form.Planes.Select(Field))}) << (8 * i);");
            }

            writer.Line("((unsigned*)destination)[index] = word;");
        }
    }

    // A plane of p bits keeps row r in field r / 8p of byte r % 8p, after the planes before it.
    private static string Field(CodePlane plane)
    {
        int bytes = plane.Bits * PlanarPacking.TileRows / 8;
        string first = plane.Shift == 0 ? "" : $"{plane.Shift * PlanarPacking.TileRows / 8} + ";
        if (plane.Bits == 8) return "(unsigned)group[lane]";
        string field = $"((unsigned)group[{first}lane % {bytes}] >> (lane / {bytes} * {plane.Bits}) & {plane.Mask}u)";
        return plane.Shift == 0 ? field : $"{field} << {plane.Shift}";
    }
}
