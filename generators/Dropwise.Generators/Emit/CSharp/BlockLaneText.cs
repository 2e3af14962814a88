using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>The expressions that bring digits of a block into lanes: bytes of a run of 32 inputs, or 32-bit integers of 16 half runs.</summary>
internal static class BlockLaneText
{
    // A byte shuffle writes zero where the top bit of an index is set.
    private const int NoByte = 0x80;

    /// <summary>The codes of 32 inputs as a <c>Vector256&lt;byte&gt;</c>, without the zero of signed codes.</summary>
    /// <param name="run">How they are gathered.</param>
    public static string Codes(RunPlan run)
    {
        string[] layers = [.. run.Layers.Select(Bytes)];
        return layers.Length == 1 ? layers[0] : string.Join("\n    | ", layers.Select(static layer => $"({layer})"));
    }

    /// <summary>The bytes of 16 elements of a part, each in its own lane, as a <c>Vector128&lt;byte&gt;</c>, not shifted or masked.</summary>
    /// <param name="layer">How they are gathered.</param>
    public static string Gathered(LaneLayer layer)
    {
        string window = $"Vector128.Load({Address(layer.Windows[0])})";
        return layer.IsInOrder ? window : $"Ssse3.Shuffle({window}, Vector128.Create({ByteList(layer.Bytes)}))";
    }

    /// <summary>Shifts and masks the bytes of <see cref="Gathered"/>, widened to 32-bit lanes.</summary>
    /// <param name="layer">How they are gathered.</param>
    /// <param name="lanes">The widened bytes, an expression of a vector of int.</param>
    /// <param name="first">The first lane of the vector.</param>
    /// <param name="dialect">The instruction set.</param>
    public static string Dwords(LaneLayer layer, string lanes, int first, VectorDialect dialect)
    {
        if (layer.Bits == 8) return lanes;
        int[] shifts = [.. layer.Digits.Skip(first).Take(dialect.Lanes)];
        string isa = dialect.Bits == 512 ? "Avx512F" : "Avx2";
        string shifted = shifts.Distinct().Count() != 1
            ? $"{isa}.ShiftRightLogicalVariable({lanes}, {dialect.Vector}.Create({string.Join(", ", shifts.Select(static s => $"{Literals.Of(s)}u"))}))"
            : shifts[0] == 0 ? lanes : $"({lanes} >>> {Literals.Of(shifts[0])})";
        string masked = $"{shifted} & {dialect.Vector}.Create(0x{(1 << layer.Bits) - 1:X})";
        return layer.Place == 0 ? masked : $"({masked}) << {Literals.Of(layer.Place)}";
    }

    private static string Bytes(LaneLayer layer)
    {
        string bytes = Loaded(layer);
        if (layer.Base == 3) return $"BlockLanes.TernaryDigits({bytes}, {Words(layer, 0)}, {Words(layer, 1)})";
        if (layer.Bits == 8) return bytes;
        string mask = $"Vector256.Create((byte)0x{((1 << layer.Bits) - 1) << layer.Place:X2})";
        if (layer.DigitOf(0) is { } low && layer.DigitOf(1) is { } high)
            return low == high ? $"{Shifted(bytes, low - layer.Place)} & {mask}" : $"{ShiftedByHalf(bytes, low, high, layer.Place)} & {mask}";
        return layer.Bits == 1 ? SingleBits(layer, bytes) : EachDigit(layer, bytes);
    }

    private static string Loaded(LaneLayer layer)
    {
        (int low, int high) = (layer.Windows[0], layer.Windows[1]);
        string bytes = low == high ? $"Avx2.BroadcastVector128ToVector256({Address(low)})"
            : high == low + 16 ? $"Vector256.Load({Address(low)})"
            : $"Vector256.Create(Vector128.Load({Address(low)}), Vector128.Load({Address(high)}))";
        return layer.IsInOrder ? bytes : $"Avx2.Shuffle({bytes}, Vector256.Create({ByteList(layer.Bytes)}))";
    }

    private static string Shifted(string bytes, int right) => right switch
    {
        0 => bytes,
        > 0 => $"({bytes}.AsUInt16() >> {Literals.Of(right)}).AsByte()",
        _ => $"({bytes}.AsUInt16() << {Literals.Of(-right)}).AsByte()",
    };

    private static string ShiftedByHalf(string bytes, int low, int high, int place)
    {
        int left = System.Math.Max(0, place - System.Math.Min(low, high));
        (int first, int second) = (low - place + left, high - place + left);
        string shifted = $"Avx2.ShiftRightLogicalVariable({bytes}.AsUInt64(), Vector256.Create({Literals.Of(first)}ul, {Literals.Of(first)}ul, {Literals.Of(second)}ul, {Literals.Of(second)}ul))";
        return left == 0 ? $"{shifted}.AsByte()" : $"({shifted} << {Literals.Of(left)}).AsByte()";
    }

    // A bit of its own in each lane: set where the byte has it.
    private static string SingleBits(LaneLayer layer, string bytes)
    {
        string bits = $"Vector256.Create({string.Join(", ", layer.Digits.Select(static (shift, _) => $"(byte)0x{1 << shift:X2}"))})";
        return $"BlockLanes.HasBits({bytes}, {bits}) & Vector256.Create((byte)0x{1 << layer.Place:X2})";
    }

    // Digits that alternate from lane to lane: one shift and mask for each of them.
    private static string EachDigit(LaneLayer layer, string bytes) => string.Join(" | ", layer.Digits.Distinct().OrderBy(static digit => digit).Select(digit =>
    {
        int mask = ((1 << layer.Bits) - 1) << layer.Place;
        IEnumerable<string> lanes = layer.Digits.Select(lane => lane == digit ? $"(byte)0x{mask:X2}" : "(byte)0");
        return $"({Shifted(bytes, digit - layer.Place)} & Vector256.Create({string.Join(", ", lanes)}))";
    }));

    private static string Words(LaneLayer layer, int half) => $"Vector256.Create({string.Join(", ", layer.Digits.Skip(half * 16).Take(16).Select(static power => $"(short){Literals.Of(power)}"))})";

    private static string ByteList(EquatableArray<int> bytes) => string.Join(", ", bytes.Select(static at => $"(byte){Literals.Of(at < 0 ? NoByte : at)}"));

    private static string Address(int at) => at == 0 ? "block" : $"block + {Literals.Of(at)}";
}
