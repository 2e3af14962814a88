using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>
/// The statements that vector kernels of blocks share. Scales and offsets of a second level are one lane a half run of 16 inputs: one register of
/// 512 bits, two of 256.
/// </summary>
internal sealed class BlockVectorText(BlockPlan plan, VectorDialect dialect)
{
    private readonly string _floats = dialect.Of("float");

    private int Registers => plan.Packing.IsOneLevel ? 1 : plan.Packing.Halves / dialect.Lanes;

    private bool HasOffset => plan.Packing.Format.Zero == ZeroPoint.Rescale;

    private bool SplitsRuns => !plan.Packing.IsOneLevel && plan.Packing.Format.GroupSize < BlockPacking.RunInputs;

    /// <summary>Writes the method that unpacks 32 inputs to signed bytes.</summary>
    /// <param name="writer">Receives the method.</param>
    /// <param name="run">The run.</param>
    public void Run(SourceWriter writer, int run)
    {
        writer.Line($"// Inputs {run * BlockPacking.RunInputs} to {((run + 1) * BlockPacking.RunInputs) - 1}.");
        writer.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
        using (writer.Block($"private static unsafe Vector256<sbyte> Run{run}(byte* block)"))
        {
            writer.Line($"Vector256<byte> codes = {BlockLaneText.Codes(plan.Runs[run])};");
            if (plan.Table.Count != 0)
            {
                // A byte shuffle stays inside 128 bits, so both halves hold the table.
                string table = string.Join(", ", Enumerable.Range(0, 32).Select(i => $"(sbyte){Literals.Of(i % 16 < plan.Table.Count ? plan.Table[i % 16] : 0)}"));
                writer.Line($"return Avx2.Shuffle(Vector256.Create({table}), codes.AsSByte());");
            }
            else
            {
                writer.Line(plan.CodeZero == 0 ? "return codes.AsSByte();" : $"return codes.AsSByte() - Vector256.Create((sbyte){Literals.Of(plan.CodeZero)});");
            }
        }
    }

    /// <summary>Declares the scales: <c>scale</c> of a one-level block, or <c>scale0</c>… with a lane a half run.</summary>
    /// <param name="writer">Receives the lines.</param>
    public void Scales(SourceWriter writer)
    {
        foreach (string line in BlockScalarEmitter.Numbers(plan)) writer.Line(line);
        if (plan.Packing.IsOneLevel)
        {
            writer.Line($"{_floats} scale0 = {dialect.Vector}.Create(step);");
            return;
        }

        bool signed = plan.Packing.Block.SignedScales && plan.Packing.Format.SecondLevel!.ScaleBits == 8;
        Lanes(writer, plan.Scales, "scaleBytes", "scale", signed, lanes =>
            $"{dialect.Vector}.ConvertToSingle({(plan.ScaleZero == 0 || signed ? lanes : $"({lanes}) - {dialect.Vector}.Create({Literals.Of(plan.ScaleZero)})")}) * step");
    }

    /// <summary>Declares the offsets in the same way as <c>offset0</c>…, where there are any.</summary>
    /// <param name="writer">Receives the lines.</param>
    public void Offsets(SourceWriter writer)
    {
        if (!HasOffset) return;
        if (plan.Packing.IsOneLevel) writer.Line($"{_floats} offset0 = {dialect.Vector}.Create(offset);");
        else Lanes(writer, plan.Zeros, "zeroBytes", "offset", false, lanes => $"{dialect.Vector}.ConvertToSingle({lanes}) * offset");
    }

    /// <summary>Stores a register's worth of values of a run.</summary>
    /// <param name="run">The run; its signed bytes are <c>runN</c>.</param>
    /// <param name="part">Which registers' worth.</param>
    public string Decoded(int run, int part)
    {
        int input = (run * BlockPacking.RunInputs) + (part * dialect.Lanes);
        int half = input / BlockPacking.HalfInputs;
        string bytes = part * dialect.Lanes < BlockPacking.HalfInputs ? $"run{run}.GetLower()" : $"run{run}.GetUpper()";
        string lanes = dialect.Bits == 512 ? $"Avx512F.ConvertToVector512Int32({bytes})"
            : part % 2 == 0 ? $"Avx2.ConvertToVector256Int32({bytes})"
            : $"Avx2.ConvertToVector256Int32(Sse2.ShiftRightLogical128BitLane({bytes}, 8))";
        string value = $"{dialect.Vector}.ConvertToSingle({lanes}) * {OfHalf("scale", half)}";
        string shifted = HasOffset ? $"(({value}) + {OfHalf("offset", half)})" : $"({value})";
        return $"{shifted}.Store(values{PlanarVectorText.Plus(input)});";
    }

    /// <summary>Adds the products of a block with one scale, and perhaps an offset, to <c>sum</c>.</summary>
    /// <param name="writer">Receives the lines.</param>
    public void OneLevelProducts(SourceWriter writer)
    {
        foreach (string line in BlockScalarEmitter.Numbers(plan)) writer.Line(line);
        if (HasOffset)
        {
            string sums = string.Join(" + ", Enumerable.Range(0, plan.Packing.Halves).Select(static half => $"sums[{half}]"));
            writer.Line($"sum += {dialect.Vector}.CreateScalar(offset * ({sums}));");
        }

        for (int run = 0; run < plan.Packing.Runs; run++)
        {
            string dot = $"{dialect.Vector}.ConvertToSingle({Dot(run)})";
            string scale = $"{dialect.Vector}.Create(scales[{run}])";
            writer.Line(run == 0 ? $"{_floats} inner = {dot} * {scale};" : $"inner = {dialect.Vector}.FusedMultiplyAdd({dot}, {scale}, inner);");
        }

        writer.Line($"sum = {dialect.Vector}.FusedMultiplyAdd(inner, {dialect.Vector}.Create(step), sum);");
    }

    /// <summary>Adds the products of a block whose groups have scales of their own to <c>sum</c>.</summary>
    /// <param name="writer">Receives the lines.</param>
    public void TwoLevelProducts(SourceWriter writer)
    {
        Scales(writer);
        Offsets(writer);
        for (int i = 0; i < Registers; i++)
        {
            string at = PlanarVectorText.Plus(i * dialect.Lanes);
            writer.Line($"scale{i} *= BlockLanes.Twice{dialect.Bits}(scales{PlanarVectorText.Plus(i * dialect.Lanes / 2)});");
            if (HasOffset) writer.Line($"sum = {dialect.Vector}.FusedMultiplyAdd(offset{i}, {dialect.Vector}.Load(sums{at}), sum);");
        }

        for (int run = 0; run < plan.Packing.Runs; run++)
        {
            if (dialect.Bits == 256 && SplitsRuns)
            {
                writer.Line($"Vector256<sbyte> run{run} = Run{run}(block);");
                writer.Line(Accumulated(HalfDot($"run{run}.GetLower()", 2 * run), OfHalf("scale", 2 * run)));
                writer.Line(Accumulated(HalfDot($"run{run}.GetUpper()", (2 * run) + 1), OfHalf("scale", (2 * run) + 1)));
            }
            else
            {
                writer.Line(Accumulated(Dot(run), OfRun(run)));
            }
        }
    }

    private string Accumulated(string dot, string scale) =>
        $"sum = {dialect.Vector}.FusedMultiplyAdd({dialect.Vector}.ConvertToSingle({dot}), {scale}, sum);";

    private string Dot(int run) => $"BlockLanes.Dot{dialect.Bits}(Run{run}(block), x{PlanarVectorText.Plus(run * BlockPacking.RunInputs)})";

    private static string HalfDot(string bytes, int half) => $"BlockLanes.HalfDot({bytes}, x{PlanarVectorText.Plus(half * BlockPacking.HalfInputs)})";

    // The scale of a half run in every lane.
    private string OfHalf(string name, int half)
    {
        if (plan.Packing.IsOneLevel) return name + "0";
        string index = $"{dialect.Vector}.Create({Literals.Of(half % dialect.Lanes)})";
        return dialect.Bits == 512 ? $"Avx512F.PermuteVar16x32({name}0, {index})" : $"Avx2.PermuteVar8x32({name}{half / dialect.Lanes}, {index})";
    }

    // Products of the first half of a run are in the lower half of a register of 512 bits.
    private string OfRun(int run)
    {
        if (!SplitsRuns || dialect.Bits == 256) return OfHalf("scale", 2 * run);
        string index = $"Vector512.Create(Vector256.Create({Literals.Of(2 * run)}), Vector256.Create({Literals.Of((2 * run) + 1)}))";
        return $"Avx512F.PermuteVar16x32(scale0, {index})";
    }

    private void Lanes(
        SourceWriter writer, EquatableArray<LaneLayer> layers, string bytes, string name, bool signed, System.Func<string, string> value)
    {
        for (int i = 0; i < layers.Count; i++) writer.Line($"Vector128<{(signed ? "sbyte" : "byte")}> {bytes}{i} = {BlockLaneText.Gathered(layers[i])}{(signed ? ".AsSByte()" : "")};");
        for (int register = 0; register < Registers; register++)
        {
            string[] terms = [.. layers.Select((layer, i) => BlockLaneText.Dwords(layer, Widened($"{bytes}{i}", register), register * dialect.Lanes, dialect))];
            string lanes = terms.Length == 1 ? terms[0] : string.Join(" | ", terms.Select(static term => $"({term})"));
            writer.Line($"{_floats} {name}{register} = {value(lanes)};");
        }
    }

    private string Widened(string bytes, int register) => dialect.Bits == 512 ? $"Avx512F.ConvertToVector512Int32({bytes})"
        : register == 0 ? $"Avx2.ConvertToVector256Int32({bytes})"
        : $"Avx2.ConvertToVector256Int32(Sse2.ShiftRightLogical128BitLane({bytes}, 8))";
}
