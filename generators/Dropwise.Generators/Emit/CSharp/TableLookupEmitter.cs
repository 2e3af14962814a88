using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes products by tables: a vector of codes is 64 rows of one run, looked up in that run's table and added in 16 bits.</summary>
internal static class TableLookupEmitter
{
    // Codes are prefetched a chunk ahead: inside a chunk runs are read out of order, so that anything less would miss. The order also
    // keeps the processor's own prefetchers quiet, and 16 KB ahead a core then reads at the full bandwidth of the memory.
    private const int RunsAhead = TableChunk.Runs;

    /// <summary>Writes the kernel and its loops over blocks.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="TableLookup"/>.</param>
    /// <param name="dialect">The instruction set.</param>
    public static void Emit(SourceWriter writer, KernelDefinition kernel, VectorDialect dialect)
    {
        var schedule = (TableLookup)kernel.Schedule;
        var geometry = new AdditiveGeometry(kernel);
        using (KernelMethod.Open(writer, kernel, "Adds the products of a tile's rows, looked up in product tables and added in 16 bits."))
        {
            writer.Line($"int blocks = tile->Rows / {AdditivePacking.BlockRows};");
            writer.Line("int block = 0;");
            if (schedule.Blocks > 1)
                writer.Line($"for (; block <= blocks - {schedule.Blocks}; block += {schedule.Blocks}) {Method(kernel, schedule.Blocks)}(tile, block);");
            writer.Line($"for (; block < blocks; block++) {Method(kernel, 1)}(tile, block);");
        }

        foreach (int blocks in new[] { schedule.Blocks, 1 }.Distinct())
        {
            writer.Line();
            Blocks(writer, kernel, dialect, geometry, schedule, blocks);
        }
    }

    private static string Method(KernelDefinition kernel, int blocks) => $"{kernel.Name}_b{blocks}";

    private static void Blocks(SourceWriter writer, KernelDefinition kernel, VectorDialect dialect, AdditiveGeometry geometry, TableLookup schedule, int blocks)
    {
        int vectorsPerBlock = AdditivePacking.BlockRows * 8 / dialect.Bits;
        int vectors = blocks * vectorsPerBlock;
        int rows = blocks * AdditivePacking.BlockRows;
        string words = dialect.Of("ushort");
        writer.Line($"// {rows} rows, {geometry.Codebooks} codebook{(geometry.Codebooks == 1 ? "" : "s")}, one after the other: each is a sequential stream.");
        writer.Line("[SkipLocalsInit]");
        using (writer.Block($"private static unsafe void {Method(kernel, blocks)}(TileArguments* tile, int block)"))
        {
            writer.Line($"int runs = tile->Inputs / {geometry.Dimension};");
            writer.Line($"long stride = {geometry.Stride};");
            writer.Line($"long offset = block * {geometry.BlockBytes};");
            writer.Line($"ReadOnlySpan<byte> ends = [{string.Join(", ", Ends(schedule.Chunk))}];");
            AlignedScratch.Declare(writer, "float", "sums", rows);
            writer.Line($"new Span<float>(sums, {rows}).Clear();");
            writer.Line($"byte* ahead = tile->Codes[0] + offset + (Math.Min(runs, {RunsAhead}) * stride);");
            using (writer.Block($"for (int codebook = 0; codebook < {geometry.Codebooks}; codebook++)"))
            {
                writer.Line("byte* codes = tile->Codes[codebook] + offset;");
                writer.Line("byte* end = codes + (runs * stride);");
                writer.Line(geometry.Codebooks == 1
                    ? "byte* next = end;"
                    : $"byte* next = codebook + 1 < {geometry.Codebooks} ? tile->Codes[codebook + 1] + offset : tile->Codes[0] + offset + (runs * stride);");
                writer.Line("byte* chunk = (byte*)tile->Activations + (codebook * tile->CodebookStride);");
                using (writer.Block($"for (int left = runs; left > 0; left -= {TableChunk.Runs}, codes += {TableChunk.Runs} * stride, chunk += {schedule.Chunk.Bytes})"))
                {
                    writer.Line($"int last = Math.Min(left, {TableChunk.Runs});");
                    writer.Line("int first = 0;");
                    using (writer.Block("for (int segment = 0; first < last; segment++)"))
                    {
                        writer.Line("int until = Math.Min(last, ends[segment]);");
                        writer.Line("(ushort startAll, ushort startOdd) = TableSums.Start(until - first);");
                        for (int v = 0; v < vectors; v++)
                            writer.Line($"{words} all{v} = {dialect.Vector}.Create(startAll), odd{v} = {dialect.Vector}.Create(startOdd);");
                        using (writer.Block("for (; first < until; first++)"))
                        {
                            writer.Line($"long run = chunk[{TableChunk.OrderOffset} + first];");
                            writer.Line("byte* at = codes + (run * stride);");
                            writer.Line($"byte* table = chunk + {TableChunk.HeaderBytes} + (run * {geometry.Codewords});");
                            writer.Line("if (ahead == end) ahead = next;");
                            for (int line = 0; line < (blocks * geometry.BlockBytes + 63) / 64; line++)
                                writer.Line($"Sse.Prefetch0(ahead{Plus(line * 64)});");
                            writer.Line("ahead += stride;");
                            LoadTable(writer, schedule, dialect);
                            for (int v = 0; v < vectors; v++)
                            {
                                writer.Line($"{words} value{v} = {Look(schedule, geometry, dialect, v)};");
                                writer.Line($"all{v} += value{v};");
                                writer.Line($"odd{v} += value{v} >>> 8;");
                            }
                        }

                        writer.Line();
                        writer.Line($"{dialect.Of("float")} scale = {dialect.Vector}.Create(((float*)chunk)[segment]);");
                        for (int v = 0; v < vectors; v++)
                            writer.Line($"TableSums.Flush(all{v}, odd{v}, scale, sums{Plus((v / vectorsPerBlock * AdditivePacking.BlockRows) + (v % vectorsPerBlock * dialect.Lanes))});");
                    }
                }
            }

            writer.Line();
            writer.Line($"int row = block * {AdditivePacking.BlockRows};");
            AdditiveOutput.Add(writer, geometry, dialect, rows);
        }
    }

    private static IEnumerable<int> Ends(TableChunk chunk)
    {
        int end = 0;
        foreach (int length in chunk.Segments) yield return end += length;
    }

    private static void LoadTable(SourceWriter writer, TableLookup schedule, VectorDialect dialect)
    {
        if (schedule.Search != TableSearch.Permutes) return;
        for (int i = 0; i < 4; i++) writer.Line($"{dialect.Of("byte")} t{i} = {dialect.Vector}.Load(table{Plus(i * 64)});");
    }

    private static string Look(TableLookup schedule, AdditiveGeometry geometry, VectorDialect dialect, int vector)
    {
        if (schedule.Search == TableSearch.Permutes) return $"TableLanes.Permute(t0, t1, t2, t3, {dialect.Vector}.Load(at{Plus(vector * 64)}))";
        if (geometry.CodeBits == 8) return $"TableLanes.Shuffle256(table, {dialect.Vector}.Load(at{Plus(vector * dialect.Bits / 8)}))";
        if (dialect.Bits == 512) return $"TableLanes.Shuffle16(table, TableLanes.Nibbles512(at{Plus(vector * geometry.BlockBytes)}))";
        string codes = $"Vector256.Load(at{Plus(vector / 2 * geometry.BlockBytes)})";
        if (vector % 2 == 1) codes = $"({codes}.AsUInt16() >>> 4).AsByte()";
        return $"TableLanes.Shuffle16(table, {codes} & Vector256.Create((byte)15))";
    }

    private static string Plus(int offset) => offset == 0 ? "" : $" + {offset}";
}
