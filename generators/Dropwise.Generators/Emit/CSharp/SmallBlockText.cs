using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>The operations on blocks of 32 inputs with one scale and perhaps an offset, whose numbers are widened many at a time.</summary>
internal sealed class SmallBlockText(BlockPlan plan, VectorDialect dialect)
{
    private readonly string _floats = dialect.Of("float");

    private BlockSpec Block => plan.Packing.Block;

    private bool HasOffset => plan.Packing.Format.Zero == ZeroPoint.Rescale;

    // Four bytes that hold the numbers of a block: they begin where the first number does, unless the block ends before.
    private int Window => System.Math.Min(plan.Packing.NumbersAt, Block.Bytes - sizeof(int));

    /// <summary>Writes the members of <c>ISmallBlockProducts</c> but the total.</summary>
    /// <param name="writer">Receives the members.</param>
    public void Members(SourceWriter writer)
    {
        writer.Line($"public static int Lanes => {Literals.Of(dialect.Lanes)};");
        writer.Line();
        writer.Line($"public static int Numbers => {Literals.Of(Window)};");
        writer.Line();
        Collect(writer);
        writer.Line();
        Widen(writer);
        writer.Line();
        Method(writer, "void Scale(float* scales, float* x, float* products)", $"({dialect.Vector}.Load(scales) * {dialect.Vector}.Load(x)).Store(products);");
        writer.Line();
        Method(writer, $"{_floats} Offset(float* offsets, int count, float* sums, {_floats} sum)", HasOffset
            ? $"return {dialect.Vector}.FusedMultiplyAdd(BlockLanes.First{dialect.Bits}({dialect.Vector}.Load(offsets), count), BlockLanes.First{dialect.Bits}({dialect.Vector}.Load(sums), count), sum);"
            : "return sum;");
        writer.Line();
        string dot = $"{dialect.Vector}.ConvertToSingle(BlockLanes.Dot{dialect.Bits}(Run0(block), x))";
        Method(writer, $"{_floats} Add(byte* block, short* x, float* scale, {_floats} sum)", $"return {dialect.Vector}.FusedMultiplyAdd({dot}, {dialect.Vector}.Create(*scale), sum);");
        writer.Line();
        writer.Line($"public static Vector128<float> Totals({_floats} sum0, {_floats} sum1, {_floats} sum2, {_floats} sum3) => BlockLanes.Totals{dialect.Bits}(sum0, sum1, sum2, sum3);");
    }

    private void Collect(SourceWriter writer)
    {
        string[] gathered = dialect.Bits == 512 && Block.Bytes % sizeof(ushort) == 0 && Window % sizeof(ushort) == 0
            ? [.. NumberGathering.Of(Block.Bytes, Window)]
            : [$"BlockLanes.Collect(blocks + {Literals.Of(Window)}, {Literals.Of(Block.Bytes)}, numbers, {Literals.Of(dialect.Lanes)});"];
        Method(writer, "void Collect(byte* blocks, int* numbers)", gathered);
    }

    private void Widen(SourceWriter writer)
    {
        string factor = plan.TableScale == 1 ? "" : $" * {Literals.Of(plan.TableScale)}";
        var lines = new List<string> { $"Vector{dialect.Bits}<int> loaded = {dialect.Vector}.Load(numbers);" };
        if (HasOffset) lines.Add($"({Widened(BlockPart.Zeros)}).Store(offsets);");
        lines.Add($"({Widened(BlockPart.Scales)}{factor}).Store(scales);");
        Method(writer, "void Widen(int* numbers, float* scales, float* offsets)", [.. lines]);
    }

    private static void Method(SourceWriter writer, string signature, params string[] statements)
    {
        writer.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
        using (writer.Block($"public static unsafe {signature}"))
        {
            foreach (string statement in statements) writer.Line(statement);
        }
    }

    // A number of each block as float32, from the four bytes that were copied together.
    private string Widened(BlockPart part)
    {
        ScalarType type = plan.Packing.NumberType;
        int left = 32 - DeclaredSize.BitsOf(type) - ((Block.Number(part)!.At - Window) * 8);
        string top = left == 0 ? "loaded" : $"(loaded << {Literals.Of(left)})";
        return type switch
        {
            ScalarType.Float16 => $"ScaleLanes.Half{dialect.Bits}({top} >> 16)",
            ScalarType.BFloat16 => left == 0 ? $"(loaded & {dialect.Vector}.Create(unchecked((int)0xFFFF0000))).AsSingle()" : $"{top}.AsSingle()",
            ScalarType.Exponent8 => $"ScaleLanes.Exponent{dialect.Bits}({top} >>> 24)",
            _ => "loaded.AsSingle()",
        };
    }
}
