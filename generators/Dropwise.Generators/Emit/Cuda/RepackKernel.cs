using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>
/// Opens a repack kernel: the signature that all of them share, and which word of the destination a thread makes. The source is the whole
/// matrix's stream, the destination the shard's.
/// </summary>
internal static class RepackKernel
{
    /// <summary>The qualifiers of an entry point.</summary>
    public const string Kernel = "extern \"C\" __global__";

    /// <summary>The qualifiers of a function that several entry points call.</summary>
    public const string Function = "static __device__";

    private const string Parameters = """
            const unsigned char* __restrict__ source, unsigned char* __restrict__ destination, int source_rows, int source_columns,
            int first_row, int rows, int first_column, int columns)
        """;

    /// <summary>
    /// Writes comment, signature and the thread's place: <c>tile</c> of 16 rows, <c>unit</c> of the row's, and <c>place</c>, the word in the unit.
    /// </summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="name">The function's name.</param>
    /// <param name="form">What a unit is.</param>
    /// <param name="summary">The same in words, a sentence.</param>
    /// <param name="qualifiers">Whether the host calls it, or an entry point does.</param>
    public static SourceWriter.Scope Open(SourceWriter writer, string name, DeviceForm form, string summary, string qualifiers = Kernel)
    {
        int words = form.UnitBytes / sizeof(uint);
        writer.Line("// " + summary);
        writer.Line($"{qualifiers} void {name}(");
        SourceWriter.Scope body = writer.Block(Parameters);
        writer.Line("const long long index = (long long)blockIdx.x * blockDim.x + threadIdx.x;");
        writer.Line($"const int place = (int)(index % {words});");
        if (form.UnitInputs == 0)
        {
            writer.Line($"const int tile = (int)(index / {words});");
        }
        else
        {
            const int job = DeviceStreamPlan.JobInputs;
            writer.Line(form.UnitInputs == job
                ? $"const int units = (columns + {job - 1}) / {job};"
                : $"const int units = ((columns + {job - 1}) / {job} * {job} + {form.UnitInputs - 1}) / {form.UnitInputs};");
            writer.Line($"const int unit = (int)(index / {words} % units);");
            writer.Line($"const int tile = (int)(index / {words} / units);");
        }

        writer.Line($"if (tile >= (rows + {DeviceStreamPlan.JobRows - 1}) / {DeviceStreamPlan.JobRows}) return;");
        writer.Line();
        return body;
    }

    /// <summary>Writes an entry point that calls a function of the same parameters.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="name">The entry point's name.</param>
    /// <param name="function">The function's name.</param>
    public static void Forward(SourceWriter writer, string name, string function)
    {
        writer.Line($"{Kernel} void {name}(");
        using (writer.Block(Parameters))
            writer.Line($"{function}(source, destination, source_rows, source_columns, first_row, rows, first_column, columns);");
    }
}
