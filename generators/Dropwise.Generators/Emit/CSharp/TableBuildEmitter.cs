using System;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>
/// Writes the builder of product tables: 16-bit activations times 16-bit codewords in pairs, the upper halves of the dots, and then
/// 8-bit entries with a scale a segment of runs.
/// </summary>
internal static class TableBuildEmitter
{
    /// <summary>Writes the kernel.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="TableBuild"/>.</param>
    /// <param name="dialect">The instruction set.</param>
    public static void Emit(SourceWriter writer, KernelDefinition kernel, VectorDialect dialect)
    {
        TableChunk chunk = ((TableBuild)kernel.Schedule).Chunk;
        var geometry = new AdditiveGeometry(kernel);

        // Sixteen entries are 128 bits: what a wider register saves is lost in putting four runs together.
        if (chunk.Codewords == 16) dialect = VectorDialect.Avx2;

        // Runs whose entries fill one register of bytes: two where a codebook has 16 codewords.
        int runsTogether = Math.Max(1, dialect.Bits / 8 / chunk.Codewords);
        using (KernelMethod.Open(writer, kernel, $"Builds the tables of up to {TableChunk.Runs} runs with one codebook: 8-bit entries, scales, and the order of the runs.", scratch: true))
        {
            Prelude(writer, geometry, chunk);
            writer.Line();
            writer.Line("// A dot is rounded to its upper 16 of 32 bits.");
            writer.Line($"{dialect.Of("int")} half = {dialect.Vector}.Create(0x8000);");
            Dots(writer, geometry, dialect, runsTogether);
            writer.Line();
            Assign(writer, chunk);
            Entries(writer, geometry, dialect, runsTogether);
        }
    }

    /// <summary>Writes what all engines begin with: rounded activations <c>x</c>, the value <c>unit</c> of a dot of 1, the words, and room for the dots.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="geometry">The kernel's geometry.</param>
    /// <param name="chunk">The chunk.</param>
    public static void Prelude(SourceWriter writer, AdditiveGeometry geometry, TableChunk chunk)
    {
        int inputs = TableChunk.Runs * geometry.Dimension;
        writer.Line($"int runs = tile->Inputs / {geometry.Dimension};");
        AlignedScratch.Declare(writer, "short", "x", inputs);
        writer.Line($"float unit = *(float*)tile->Codebooks * TableInputs.Round((float*)tile->Activations, tile->Inputs, x, {inputs});");
        writer.Line("short* words = (short*)((byte*)tile->Codebooks + PreparedCodebooks.HeaderBytes);");
        AlignedScratch.Declare(writer, "short", "dots", TableChunk.Runs * chunk.Codewords);
        writer.Line($"ushort* largest = stackalloc ushort[{TableChunk.Runs}];");
    }

    /// <summary>Writes what stands between dots and entries: <c>multipliers</c>, and the chunk's header.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="chunk">The chunk.</param>
    public static void Assign(SourceWriter writer, TableChunk chunk)
    {
        int end = 0;
        writer.Line("byte* output = (byte*)tile->Output;");
        writer.Line($"short* multipliers = stackalloc short[{TableChunk.Runs}];");
        writer.Line($"TableOrder.Assign(largest, runs, [{string.Join(", ", chunk.Segments.Select(length => end += length))}], unit, output + {TableChunk.OrderOffset}, (float*)output, multipliers);");
        writer.Line($"byte* table = output + {TableChunk.HeaderBytes};");
    }

    private static void Dots(SourceWriter writer, AdditiveGeometry geometry, VectorDialect dialect, int runsTogether)
    {
        string shorts = dialect.Of("short");
        int pairs = geometry.Dimension / 2;
        int wordsPerVector = dialect.Bits / 16;
        int step = 2 * pairs * wordsPerVector;
        int vectors = runsTogether * geometry.Codewords / wordsPerVector;
        writer.Line("short* dot = dots;");
        using (writer.Block($"for (int run = 0; run < runs; run += {runsTogether})"))
        {
            writer.Line($"int* pairs = (int*)x + (run * {pairs});");
            for (int pair = 0; pair < pairs; pair++) writer.Line($"{shorts} x{pair} = {Inputs(dialect, pairs, pair, runsTogether)}.AsInt16();");
            writer.Line($"{shorts} peak = {shorts}.Zero;");
            writer.Line("short* word = words;");
            using (writer.Block($"for (int vector = 0; vector < {vectors}; vector++, word += {step}, dot += {wordsPerVector})"))
            {
                writer.Line($"{dialect.Of("int")} even = {Dot(dialect, pairs, 0)};");
                writer.Line($"{dialect.Of("int")} odd = {Dot(dialect, pairs, pairs)};");
                writer.Line($"{shorts} both = TableInputs.UpperHalves(even, odd);");
                writer.Line($"peak = {dialect.Vector}.Max(peak, {dialect.Vector}.Abs(both));");
                writer.Line("both.Store(dot);");
            }

            writer.Line();
            if (runsTogether == 1)
            {
                writer.Line("largest[run] = TableInputs.Largest(peak);");
            }
            else
            {
                writer.Line("largest[run] = TableInputs.Largest(peak.GetLower());");
                writer.Line("largest[run + 1] = TableInputs.Largest(peak.GetUpper());");
            }
        }
    }

    /// <summary>A pair of inputs in every lane; of two runs, each has 128 bits.</summary>
    private static string Inputs(VectorDialect dialect, int pairs, int pair, int runsTogether) =>
        Spread(dialect, runsTogether, lane => $"pairs[{(lane * pairs) + pair}]");

    private static string Spread(VectorDialect dialect, int runsTogether, Func<int, string> value) => runsTogether == 1
        ? $"{dialect.Vector}.Create({value(0)})"
        : $"Vector256.Create(Vector128.Create({value(0)}), Vector128.Create({value(1)}))";

    /// <summary>half + x0·w0 + x1·w1 + …, added as a tree so that the products do not wait for one another.</summary>
    private static string Dot(VectorDialect dialect, int pairs, int first)
    {
        string[] terms =
        [
            .. Enumerable.Range(0, pairs).Select(pair =>
                $"{dialect.MultiplyAddAdjacent}(x{pair}, {dialect.Vector}.Load(word{((first + pair) == 0 ? "" : $" + {(first + pair) * dialect.Bits / 16}")}))"),
        ];
        terms[0] = $"(half + {terms[0]})";
        while (terms.Length > 1)
            terms = [.. Enumerable.Range(0, terms.Length / 2).Select(i => $"({terms[2 * i]} + {terms[(2 * i) + 1]})")];
        return terms[0];
    }

    private static void Entries(SourceWriter writer, AdditiveGeometry geometry, VectorDialect dialect, int runsTogether)
    {
        string shorts = dialect.Of("short");
        int bytes = dialect.Bits / 8;
        int vectors = runsTogether * geometry.Codewords / bytes;
        writer.Line("dot = dots;");
        using (writer.Block($"for (int run = 0; run < runs; run += {runsTogether})"))
        {
            writer.Line($"{shorts} multiplier = {Spread(dialect, runsTogether, lane => $"multipliers[run{(lane == 0 ? "" : $" + {lane}")}]")};");
            using (writer.Block($"for (int vector = 0; vector < {vectors}; vector++, dot += {bytes}, table += {bytes})"))
            {
                writer.Line($"{shorts} low = {dialect.Integers}.MultiplyHighRoundScale({dialect.Vector}.Load(dot), multiplier);");
                writer.Line($"{shorts} high = {dialect.Integers}.MultiplyHighRoundScale({dialect.Vector}.Load(dot + {bytes / 2}), multiplier);");
                writer.Line($"({dialect.Integers}.PackSignedSaturate(low, high).AsByte() ^ {dialect.Vector}.Create((byte)128)).Store(table);");
            }
        }
    }
}
