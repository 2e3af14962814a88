using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>Writes the repack kernel of codes in bit planes: a register of four inputs is one word of the CPU's layout, shifted and masked.</summary>
internal static class PlaneRepackEmitter
{
    /// <summary>Writes the kernel, and the reader of four codes that it calls.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="stream">A stream whose form is <see cref="PlaneCodes"/>.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan, DeviceStreamPlan stream)
    {
        var form = (PlaneCodes)stream.Form;
        foreach (CodePlane plane in form.Planes)
        {
            Reader(writer, form.Bits, plane);
            writer.Line();
        }

        int words = 8 * form.Bits;
        writer.Line($"static_assert({words} * 32 * 32 == 16 * 512 * {form.Bits}, \"a job of codes has the bits that the declaration says\");");
        writer.Line();
        using (RepackKernel.Open(writer, stream.RepackKernel(plan.Format.Name), form, $"{stream.Name} as jobs [{2 * form.Bits} chunks][32 lanes][4 words], lane 4g + q: rows g and g + 8."))
        {
            writer.Line("const int word = place / 128 * 4 + place % 4;");
            writer.Line("const int lane = place / 4 % 32;");
            writer.Line("const int blocks = (source_columns + 31) / 32;");
            writer.Line("unsigned packed = 0;");
            foreach (CodePlane plane in form.Planes) Plane(writer, form, plane);
            writer.Line("((unsigned*)destination)[index] = packed;");
        }
    }

    // The words of a plane follow those of the planes before, which have 8 words for each of their bits.
    private static void Plane(SourceWriter writer, PlaneCodes form, CodePlane plane)
    {
        int first = 8 * plane.Shift;
        int end = first + (8 * plane.Bits);
        bool only = form.Planes.Count == 1;
        string condition = plane.Shift == 0 ? $"word < {end}" : end == 8 * form.Bits ? $"word >= {first}" : $"word >= {first} && word < {end}";
        string offset = first == 0 ? "word" : $"(word - {first})";
        string header = $"for (int field = 0; field < {plane.FieldsPerByte}; field++)";
        if (!only) writer.Line($"if ({condition})");
        using (writer.Block(header))
        {
            writer.Line($$"""
                const int piece = {{offset}} * {{plane.FieldsPerByte}} + field;  // step, row half, four inputs
                const int row = tile * 16 + lane / 4 + piece / 2 % 2 * 8;
                const int column = unit * 512 + piece / 4 * 32 + lane % 4 * 8 + piece % 2 * 4;
                if (row < rows && column < columns)
                    packed |= bits_from_{{plane.Shift}}(source, blocks, first_row + row, first_column + column) << ({{plane.Bits}} * field);
                """);
        }
    }

    /// <summary>Writes the reader of one plane's bits of four codes of a row: <c>bits_from_n</c>.</summary>
    /// <param name="writer">Receives the function.</param>
    /// <param name="codeBits">Bits of a code.</param>
    /// <param name="plane">The plane.</param>
    public static void Reader(SourceWriter writer, int codeBits, CodePlane plane)
    {
        int quarter = codeBits * PlanarPacking.VectorBytes;
        int block = PlanarPacking.Quarters * quarter;
        string vector = plane.Bits == 1 ? "" : $" + slot / {plane.FieldsPerByte} * {PlanarPacking.VectorBytes}";
        string first = plane.Shift == 0 ? "" : $" + {plane.Shift * PlanarPacking.VectorBytes}";
        string bits = plane.Bits == 1 ? $"Bit {plane.Shift}" : $"Bits {plane.Shift} to {plane.Shift + plane.Bits - 1}";
        writer.Line($"// {bits} of the codes of four inputs of a row, a byte each, from the CPU's layout.");
        using (writer.Block($"static __device__ unsigned bits_from_{plane.Shift}(const unsigned char* source, int blocks, int row, int column)"))
        {
            writer.Line($$"""
                const unsigned char* quarter =
                    source + ((long long)(row / 64) * blocks + column / 32) * {{block}} + row % 64 / 16 * {{quarter}} + row % 16 * 4;
                """);
            if (plane.Bits != 8 || vector.Length != 0) writer.Line("const int slot = column % 32 / 4;");
            string load = $"*(const unsigned*)(quarter{first}{vector})";
            writer.Line(plane.Bits == 8
                ? $"return {load};"
                : $"return {load} >> (slot % {plane.FieldsPerByte} * {plane.Bits}) & 0x{plane.Mask * 0x01010101:X8}u;");
        }
    }
}
