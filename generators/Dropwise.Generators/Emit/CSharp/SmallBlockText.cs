using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>The operations on blocks of 32 inputs with one scale and perhaps an offset, whose numbers are widened many at a time.</summary>
internal sealed class SmallBlockText(BlockPlan plan, VectorDialect dialect)
{
    private readonly string _floats = dialect.Of("float");

    private BlockSpec Block => plan.Packing.Block;

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
        string factor = plan.TableScale == 1 ? "" : $" * {Literals.Of(plan.TableScale)}";
        Method(writer, "void Scale(int* numbers, float* x, float* scales)", $"({Widened(BlockPart.Scales)} * {dialect.Vector}.Load(x){factor}).Store(scales);");
        writer.Line();
        Method(writer, $"{_floats} Offset(int* numbers, int count, float* sums, {_floats} sum)", plan.Packing.Format.Zero == ZeroPoint.Rescale
            ? $"return {dialect.Vector}.FusedMultiplyAdd(BlockLanes.First{dialect.Bits}({Widened(BlockPart.Zeros)}, count), BlockLanes.Pairs{dialect.Bits}(sums), sum);"
            : "return sum;");
        writer.Line();
        string dot = $"{dialect.Vector}.ConvertToSingle(BlockLanes.Dot{dialect.Bits}(Run0(block), x))";
        Method(writer, $"{_floats} Add(byte* block, short* x, float* scale, {_floats} sum)", $"return {dialect.Vector}.FusedMultiplyAdd({dot}, {dialect.Vector}.Create(*scale), sum);");
        writer.Line();
        writer.Line($"public static {_floats} Join({_floats} first, {_floats} second) => first + second;");
    }

    private static void Method(SourceWriter writer, string signature, string statement)
    {
        writer.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
        using (writer.Block($"public static unsafe {signature}")) writer.Line(statement);
    }

    // A number of each block as float32, from the four bytes that were copied together.
    private string Widened(BlockPart part)
    {
        ScalarType type = plan.Packing.NumberType;
        int left = 32 - DeclaredSize.BitsOf(type) - ((Block.Number(part)!.At - Window) * 8);
        string loaded = $"{dialect.Vector}.Load(numbers)";
        string top = left == 0 ? loaded : $"({loaded} << {Literals.Of(left)})";
        return type switch
        {
            ScalarType.Float16 => $"ScaleLanes.Half{dialect.Bits}({top} >> 16)",
            ScalarType.BFloat16 => left == 0 ? $"({loaded} & {dialect.Vector}.Create(unchecked((int)0xFFFF0000))).AsSingle()" : $"{top}.AsSingle()",
            ScalarType.Exponent8 => $"ScaleLanes.Exponent{dialect.Bits}({top} >>> 24)",
            _ => $"{loaded}.AsSingle()",
        };
    }
}
