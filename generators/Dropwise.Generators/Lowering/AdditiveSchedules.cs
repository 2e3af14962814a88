using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>Dequantize additive codes: a row's run is a sum of codewords; eight rows are transposed into the panel at a time.</summary>
internal sealed record CodewordPanel : Schedule;

/// <summary>
/// Products by decoding: a row's run is a sum of codewords, multiplied with the run's activations in float32. Costs M·d operations a
/// code but no prologue, so it wins for few rows; it is also exact.
/// </summary>
internal sealed record CodewordDecode : Schedule;

/// <summary>
/// Products of wide codes: eight rows at a time, a codeword of float16 is gathered for each code, widened and multiplied with the run's
/// activations. Exact but for the order of the sum.
/// </summary>
internal sealed record WideCodeProducts : Schedule;

/// <summary>Dequantize wide codes: codewords of eight rows are gathered and transposed into the panel.</summary>
internal sealed record WideCodePanel : Schedule;

/// <summary>How a code finds its entry in a product table.</summary>
internal enum TableSearch
{
    /// <summary>One load an entry.</summary>
    Loads = 0,

    /// <summary>Byte shuffles of 16 entries, and blends by the high bits where there are 256.</summary>
    Shuffles = 1,

    /// <summary>Two permutes of 128 entries and a blend by the top bit (AVX-512 VBMI).</summary>
    Permutes = 2,
}

/// <summary>
/// Products by tables: every run's dots with all codewords were computed once as 8-bit entries, and a row only looks its entries up
/// and adds them in 16 bits.
/// </summary>
/// <param name="Search">How a code finds its entry.</param>
/// <param name="Blocks">Blocks of 64 rows that are looked up together, so that a table in registers serves them all.</param>
/// <param name="Chunk">The chunk that entries share scales in.</param>
internal sealed record TableLookup(TableSearch Search, int Blocks, TableChunk Chunk) : Schedule;

/// <summary>The stage that computes the tables of one chunk and codebook from float32 activations.</summary>
/// <param name="Chunk">The chunk that entries share scales in.</param>
internal sealed record TableBuild(TableChunk Chunk) : Schedule;

/// <summary>
/// Consecutive runs whose 8-bit entries share scales. A few large activations would leave a common scale too coarse for all others,
/// so the runs are ordered by their largest entry, and each of a few segments of that order has a scale of its own.
/// </summary>
/// <remarks>
/// A segment costs one conversion of the 16-bit sums to float32. With 64 runs in segments of 2, 14 and 48 the error of a product is
/// 0.9 % for Gaussian and for heavy-tailed activations alike (Student's t, four degrees of freedom); one scale for 32 runs gave 1.1 %
/// and 1.6 to 2.7 %, which breaks the class of 1.5 %.
/// </remarks>
/// <param name="Segments">Runs of each segment, those with the largest entries first.</param>
/// <param name="Codewords">Entries of a run's table.</param>
internal sealed record TableChunk(EquatableArray<int> Segments, int Codewords)
{
    /// <summary>Runs of a whole chunk.</summary>
    public const int Runs = 64;

    /// <summary>Bytes before the tables of a chunk: a float32 scale a segment, and at <see cref="OrderOffset"/> the order of the runs.</summary>
    public const int HeaderBytes = 128;

    /// <summary>Where a chunk's header keeps the order of its runs, one byte each.</summary>
    public const int OrderOffset = 64;

    /// <summary>Bytes of one chunk of one codebook.</summary>
    public int Bytes => HeaderBytes + (Runs * Codewords);
}
