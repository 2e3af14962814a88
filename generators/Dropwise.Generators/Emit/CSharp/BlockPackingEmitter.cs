using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes <c>Pack</c> and <c>Unpack</c> of somebody else's blocks, and the methods that read one element.</summary>
internal static class BlockPackingEmitter
{
    /// <summary>Writes the members.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="plan">A plan whose packing is of blocks.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan)
    {
        var packing = (BlockPacking)plan.Layout.Packing;
        writer.Line($"// Blocks are u8 [rows, inputs / {Literals.Of(packing.Block.Inputs)}, {Literals.Of(packing.Block.Bytes)}], as they are on disk.");
        Pack(writer, packing);
        writer.Line();
        Unpack(writer, packing);
        writer.Line();
        BlockFieldText.Reader(writer, "CodeAt", "The stored code of one input of a block.", packing.Block.Of(BlockPart.Codes));
        if (packing.IsOneLevel) return;
        writer.Line();
        BlockFieldText.Reader(writer, "ScaleAt", "The stored scale of one group of a block.", packing.Block.Of(BlockPart.Scales));
        if (packing.Format.Zero == ZeroPoint.None) return;
        writer.Line();
        BlockFieldText.Reader(writer, "ZeroAt", "The stored offset of one group of a block.", packing.Block.Of(BlockPart.Zeros));
    }

    /// <summary>A number of the block as float32.</summary>
    /// <param name="packing">The block.</param>
    /// <param name="part">Which number.</param>
    public static string Load(BlockPacking packing, BlockPart part) => StoredScalar.Load(packing.NumberType, Address(packing, part));

    private static string Address(BlockPacking packing, BlockPart part)
    {
        int at = packing.Block.Number(part)!.At;
        return $"({StoredScalar.Element(packing.NumberType)}*){(at == 0 ? "block" : $"(block + {Literals.Of(at)})")}";
    }

    private static void Pack(SourceWriter writer, BlockPacking packing)
    {
        using (writer.Block("private static unsafe void Pack(CanonicalMatrix source, ReadOnlySpan<nint> streams)"))
        using (Blocks(writer, packing, "source"))
        {
            string flip = packing.Format is { Signed: true, CodeBits: 8 } ? " ^ 0x80" : "";
            foreach (BlockFieldSpec field in packing.Block.Of(BlockPart.Codes))
                BlockFieldText.Store(writer, field, index => flip.Length == 0 ? $"source.Codes[0][first + {index}]" : $"(source.Codes[0][first + {index}]{flip})");
            foreach ((BlockPart part, string value) in Numbers(packing, "source"))
                writer.Line($"*{Address(packing, part)} = {StoredScalar.Encode(packing.NumberType, value)};");
            if (packing.IsOneLevel) return;
            string scaleFlip = FlipsScales(packing) ? " ^ 0x80" : "";
            foreach (BlockFieldSpec field in packing.Block.Of(BlockPart.Scales))
                BlockFieldText.Store(writer, field, index => scaleFlip.Length == 0 ? $"level.ScaleCodes[group + {index}]" : $"(level.ScaleCodes[group + {index}]{scaleFlip})");
            foreach (BlockFieldSpec field in packing.Block.Of(BlockPart.Zeros))
                BlockFieldText.Store(writer, field, static index => $"level.ZeroCodes[group + {index}]");
        }
    }

    private static void Unpack(SourceWriter writer, BlockPacking packing)
    {
        using (writer.Block("private static unsafe void Unpack(ReadOnlySpan<nint> streams, CanonicalMatrix destination)"))
        using (Blocks(writer, packing, "destination"))
        {
            string flip = packing.Format is { Signed: true, CodeBits: 8 } ? "CodeAt(block, i) ^ 0x80" : "CodeAt(block, i)";
            writer.Line($"for (int i = 0; i < {Literals.Of(packing.Block.Inputs)}; i++) destination.Codes[0][first + i] = (ushort)({flip});");
            foreach ((BlockPart part, string value) in Numbers(packing, "destination")) writer.Line($"{value} = {Load(packing, part)};");
            if (packing.IsOneLevel) return;
            string scale = FlipsScales(packing) ? "ScaleAt(block, i) ^ 0x80" : "ScaleAt(block, i)";
            writer.Line($"for (int i = 0; i < {Literals.Of(packing.Groups)}; i++) level.ScaleCodes[group + i] = (byte)({scale});");
            if (packing.Format.Zero != ZeroPoint.None)
                writer.Line($"for (int i = 0; i < {Literals.Of(packing.Groups)}; i++) level.ZeroCodes[group + i] = (byte)ZeroAt(block, i);");
        }
    }

    private static bool FlipsScales(BlockPacking packing) => packing.Block.SignedScales && packing.Format.SecondLevel!.ScaleBits == 8;

    // A one-level block has one group; second-level numbers are the block's steps.
    private static IEnumerable<(BlockPart Part, string Value)> Numbers(BlockPacking packing, string matrix)
    {
        bool zero = packing.Format.Zero != ZeroPoint.None;
        yield return packing.IsOneLevel ? (BlockPart.Scales, $"{matrix}.GroupScales[at]") : (BlockPart.ScaleStep, "level.ScaleSteps[at]");
        if (zero) yield return packing.IsOneLevel ? (BlockPart.Zeros, $"{matrix}.GroupZeros[at]") : (BlockPart.ZeroStep, "level.ZeroSteps[at]");
    }

    // Inside: at is the number of the block in the matrix, first its first code, group its first group.
    private static SourceWriter.Scope Blocks(SourceWriter writer, BlockPacking packing, string matrix)
    {
        writer.Line($"byte* block = (byte*)streams[0];");
        if (!packing.IsOneLevel) writer.Line($"SecondLevelStatistics level = {matrix}.Statistics!;");
        writer.Line($"long blocks = (long){matrix}.Rows * ({matrix}.Columns / {Literals.Of(packing.Block.Inputs)});");
        SourceWriter.Scope scope = writer.Block($"for (long at = 0; at < blocks; at++, block += {Literals.Of(packing.Block.Bytes)})");
        writer.Line($"long first = at * {Literals.Of(packing.Block.Inputs)};");
        if (!packing.IsOneLevel) writer.Line($"long group = at * {Literals.Of(packing.Groups)};");
        return scope;
    }
}
