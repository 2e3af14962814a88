using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>
/// Opens a repack kernel: the signature that all of them share, and which word of the destination a thread makes. The source is the whole
/// matrix's stream, the destination the shard's.
/// </summary>
internal static class RepackKernel
{
    /// <summary>
    /// Writes comment, signature and the thread's place: <c>tile</c> of 16 rows, <c>unit</c> of the row's, and <c>place</c>, the word in the unit.
    /// </summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="summary">What a unit is, a sentence.</param>
    public static SourceWriter.Scope Open(SourceWriter writer, KernelPlan plan, DeviceStreamPlan stream, string summary)
    {
        int words = stream.Form.UnitBytes / sizeof(uint);
        writer.Line("// " + summary);
        writer.Line($"extern \"C\" __global__ void {stream.RepackKernel(plan.Format.Name)}(");
        writer.Line("    const unsigned char* __restrict__ source, unsigned char* __restrict__ destination, int source_rows, int source_columns,");
        SourceWriter.Scope body = writer.Block("    int first_row, int rows, int first_column, int columns)");
        writer.Line("const long long index = (long long)blockIdx.x * blockDim.x + threadIdx.x;");
        writer.Line($"const int place = (int)(index % {words});");
        if (stream.Form.UnitInputs == 0)
        {
            writer.Line($"const int tile = (int)(index / {words});");
        }
        else
        {
            int inputs = stream.Form.UnitInputs;
            writer.Line(inputs == DeviceStreamPlan.JobInputs
                ? $"const int units = (columns + {inputs - 1}) / {inputs};"
                : $"const int units = ((columns + {DeviceStreamPlan.JobInputs - 1}) / {DeviceStreamPlan.JobInputs} * {DeviceStreamPlan.JobInputs} + {inputs - 1}) / {inputs};");
            writer.Line($"const int unit = (int)(index / {words} % units);");
            writer.Line($"const int tile = (int)(index / {words} / units);");
        }

        writer.Line($"if (tile >= (rows + {DeviceStreamPlan.JobRows - 1}) / {DeviceStreamPlan.JobRows}) return;");
        writer.Line();
        return body;
    }
}
