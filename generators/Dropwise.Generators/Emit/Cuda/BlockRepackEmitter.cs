using System;
using System.Collections.Generic;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>
/// Writes the repack kernels of somebody else's blocks: all read the same stream of blocks, each another part of them, an element at a time. That is slow code which
/// runs once for a matrix.
/// </summary>
internal static class BlockRepackEmitter
{
    private static readonly IReadOnlyDictionary<Type, Action<SourceWriter, BlockPacking, DeviceStreamPlan>> Table =
        new Dictionary<Type, Action<SourceWriter, BlockPacking, DeviceStreamPlan>>
        {
            [typeof(PlaneCodes)] = Codes,
            [typeof(GroupScalars)] = Numbers,
            [typeof(QuantizedGroups)] = Groups,
            [typeof(BlockSteps)] = Steps,
        };

    /// <summary>Writes the kernel of a stream, and before the first one what all of them call.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">A plan whose packing is of blocks.</param>
    /// <param name="stream">The stream.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan, DeviceStreamPlan stream)
    {
        var packing = (BlockPacking)plan.Layout.Packing;
        if (stream.Form is PlaneCodes) BlockReaderText.Write(writer, packing);
        Table[stream.Form.GetType()](writer, packing, stream);
    }

    private static void Codes(SourceWriter writer, BlockPacking packing, DeviceStreamPlan stream)
    {
        var form = (PlaneCodes)stream.Form;
        using (Open(writer, packing, stream, $"{stream.Name} as jobs [{2 * form.Bits} chunks][32 lanes][4 words], lane 4g + q: rows g and g + 8."))
        {
            writer.Line("const int word = place / 128 * 4 + place % 4;");
            writer.Line("const int lane = place / 4 % 32;");
            writer.Line("unsigned packed = 0;");
            foreach (CodePlane plane in form.Planes)
            {
                // The words of a plane follow those of the planes before.
                int first = 8 * plane.Shift;
                int end = first + (8 * plane.Bits);
                if (form.Planes.Count > 1) writer.Line($"if ({(first == 0 ? $"word < {end}" : end == 8 * form.Bits ? $"word >= {first}" : $"word >= {first} && word < {end}")})");
                using (writer.Block($"for (int field = 0; field < {plane.FieldsPerByte}; field++)"))
                {
                    string bits = (plane.Shift == 0 ? "" : $" >> {plane.Shift}") + $" & {plane.Mask}";
                    writer.Line($$"""
                        const int piece = {{(first == 0 ? "word" : $"(word - {first})")}} * {{plane.FieldsPerByte}} + field;  // step, row half, four inputs
                        const int row = tile * 16 + lane / 4 + piece / 2 % 2 * 8;
                        const int column = unit * 512 + piece / 4 * 32 + lane % 4 * 8 + piece % 2 * 4;
                        if (row >= rows || column >= columns) continue;
                        const unsigned char* block = block_at(source, source_columns, first_row + row, first_column + column);
                        for (int i = 0; i < 4; i++)
                            packed |= (unsigned)(code_at(block, (first_column + column) % {{packing.Block.Inputs}} + i){{bits}}) << (8 * i + {{plane.Bits}} * field);
                        """);
                }
            }

            writer.Line("((unsigned*)destination)[index] = packed;");
        }
    }

    private static void Numbers(SourceWriter writer, BlockPacking packing, DeviceStreamPlan stream)
    {
        var form = (GroupScalars)stream.Form;
        int at = packing.Block.Number(stream.Name == BlockCudaLowering.Scales ? BlockPart.Scales : BlockPart.Zeros)!.At;
        using (Open(writer, packing, stream, $"{stream.Name} as [blocks][8 g][rows g and g + 8]."))
        {
            writer.Line("unsigned word = 0;");
            int values = sizeof(uint) * 8 / DeclaredSize.BitsOf(form.Type);
            using (writer.Block($"for (int i = 0; i < {values}; i++)"))
            {
                writer.Line($"const int value = place * {values} + i;");
                writer.Line("const int row = tile * 16 + value / 2 + value % 2 * 8;");
                Number(writer, form.Stored, $"unit * {form.GroupSize}", $"{at}", $"i * {32 / values}");
            }

            writer.Line("((unsigned*)destination)[index] = word;");
        }
    }

    private static void Steps(SourceWriter writer, BlockPacking packing, DeviceStreamPlan stream)
    {
        var form = (BlockSteps)stream.Form;
        int scale = packing.Block.Number(BlockPart.ScaleStep)!.At;
        int pairs = form.HasOffsets ? 2 : 1;
        using (Open(writer, packing, stream, $"{stream.Name} as [blocks][8 g][{(form.HasOffsets ? "scale, offset" : "scale")}][rows g and g + 8]."))
        {
            writer.Line("unsigned word = 0;");
            int values = sizeof(uint) * 8 / DeclaredSize.BitsOf(form.Type);
            using (writer.Block($"for (int i = 0; i < {values}; i++)"))
            {
                writer.Line($"const int value = place * {values} + i;");
                writer.Line($"const int row = tile * 16 + value / {2 * pairs} + value % 2 * 8;");
                string at = form.HasOffsets ? $"(value / 2 % 2 == 0 ? {scale} : {packing.Block.Number(BlockPart.ZeroStep)!.At})" : $"{scale}";
                Number(writer, form.Stored, $"unit * {form.BlockInputs}", at, $"i * {32 / values}");
            }

            writer.Line("((unsigned*)destination)[index] = word;");
        }
    }

    private static void Groups(SourceWriter writer, BlockPacking packing, DeviceStreamPlan stream)
    {
        var form = (QuantizedGroups)stream.Form;
        FormatSpec format = packing.Format;
        int groups = form.PartInputs / form.GroupInputs;
        bool shares = QuantizedGroups.SharesBytes(format);
        using (Open(writer, packing, stream, $"{stream.Name} as [8 g][{groups} groups][rows g and g + 8]{(shares ? ", with the offset in the high half of a byte" : "")}."))
        {
            writer.Line("unsigned word = 0;");
            using (writer.Block("for (int i = 0; i < 4; i++)"))
            {
                writer.Line($$"""
                    const int value = place * 4 + i;
                    const int row = tile * 16 + value / {{2 * groups}} + value % 2 * 8;
                    const int column = unit * {{form.PartInputs}} + value / 2 % {{groups}} * {{form.GroupInputs}};
                    if (row >= rows || column >= columns) continue;
                    const unsigned char* block = block_at(source, source_columns, first_row + row, first_column + column);
                    const int group = (first_column + column) % {{packing.Block.Inputs}} / {{format.GroupSize}};
                    """);
                string flip = packing.Block.SignedScales && format.SecondLevel!.ScaleBits == 8 ? " ^ 0x80" : "";
                string element = stream.Name == BlockCudaLowering.Offsets ? "zero_at(block, group)"
                    : shares ? "(scale_at(block, group) | zero_at(block, group) << 4)"
                    : $"(scale_at(block, group){flip})";
                writer.Line($"word |= (unsigned){element} << (8 * i);");
            }

            writer.Line("((unsigned*)destination)[index] = word;");
        }
    }

    private static SourceWriter.Scope Open(SourceWriter writer, BlockPacking packing, DeviceStreamPlan stream, string summary) =>
        RepackKernel.Open(writer, stream.RepackKernel(packing.Format.Name), stream.Form, summary);

    // One number of a block goes into a word. Blocks have any size, so that a number is read by bytes; a bfloat16 is the upper half of a float32.
    private static void Number(SourceWriter writer, ScalarType stored, string column, string at, string shift)
    {
        writer.Line($"if (row >= rows || {column} >= columns) continue;");
        writer.Line($"const unsigned char* number = block_at(source, source_columns, first_row + row, first_column + {column}) + {at};");
        writer.Line($"word |= {stored switch
        {
            ScalarType.Float32 => "(unsigned)(number[0] | number[1] << 8 | number[2] << 16 | (unsigned)number[3] << 24)",
            ScalarType.BFloat16 => "(unsigned)(number[0] | number[1] << 8) << 16",
            ScalarType.Float16 => $"(unsigned)(number[0] | number[1] << 8) << ({shift})",
            _ => $"(unsigned)number[0] << ({shift})",
        }};");
    }
}
