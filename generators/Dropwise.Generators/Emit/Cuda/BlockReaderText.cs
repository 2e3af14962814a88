using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>Writes the functions that find a block and read one element of it.</summary>
internal static class BlockReaderText
{
    /// <summary>Writes <c>block_at</c>, <c>code_at</c> and, of a second level, <c>scale_at</c> and <c>zero_at</c>.</summary>
    /// <param name="writer">Receives the functions, and an empty line after each.</param>
    /// <param name="packing">The block.</param>
    public static void Write(SourceWriter writer, BlockPacking packing)
    {
        BlockSpec block = packing.Block;
        writer.Line($"// The block of {block.Inputs} inputs and {block.Bytes} bytes that holds an input of a row.");
        using (writer.Block("static __device__ const unsigned char* block_at(const unsigned char* source, int source_columns, int row, int column)"))
            writer.Line($"return source + ((long long)row * (source_columns / {block.Inputs}) + column / {block.Inputs}) * {block.Bytes};");
        writer.Line();
        if (block.Fields.Any(static field => field.Base == 3))
        {
            writer.Line("// A byte is a fraction in base 3, whose digits appear before the point one after the other.");
            using (writer.Block("static __device__ int ternary_digit(int value, int digit)"))
            {
                writer.Line("for (int i = 0; i < digit; i++) value = value * 3 & 0xff;");
                writer.Line("return value * 3 >> 8;");
            }

            writer.Line();
        }

        Reader(writer, block, "code_at", "The stored code of one input of a block.", BlockPart.Codes);
        if (packing.IsOneLevel) return;
        Reader(writer, block, "scale_at", "The stored scale of one group of a block.", BlockPart.Scales);
        if (packing.Format.Zero != ZeroPoint.None) Reader(writer, block, "zero_at", "The stored offset of one group of a block.", BlockPart.Zeros);
    }

    private static void Reader(SourceWriter writer, BlockSpec block, string name, string summary, BlockPart part)
    {
        writer.Line("// " + summary);
        using (writer.Block($"static __device__ int {name}(const unsigned char* block, int i)"))
        {
            string before = "return ";
            foreach (string line in BlockElementText.Lines(block.Of(part), "ternary_digit"))
            {
                writer.Line(before + line);
                before = "    ";
            }
        }

        writer.Line();
    }
}
