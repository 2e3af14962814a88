namespace Dropwise.Cpu;

/// <summary>
/// Chooses between the two products of an additive format: tables cost codewords · K multiply-adds a codebook before the first row and
/// next to nothing a row; decoding codewords costs d multiply-adds a code and nothing before. So tables win unless rows are few.
/// </summary>
/// <remarks>
/// Constants are nanoseconds of one Zen 5 core with everything in its cache; what decides is their ratio, which other processors of the
/// same instruction set share roughly. AdditiveCostTests compares the choice with the clock.
/// </remarks>
public static class AdditiveCost
{
    /// <summary>Whether product tables are the faster strategy.</summary>
    /// <param name="format">An additive format.</param>
    /// <param name="level">The level, from 1.</param>
    /// <param name="isa">The instruction set of the kernel that looks entries up.</param>
    /// <param name="rows">Output rows N of the matrix.</param>
    /// <param name="sharingRows">Rows of all matrices that read the same tables, this one included.</param>
    /// <param name="workers">Workers; tables are built by all of them, tiles of rows may be fewer.</param>
    public static bool PrefersTables(FormatDescriptor format, int level, CpuIsa isa, int rows, int sharingRows, int workers) =>
        Tables(format, level, isa, rows, sharingRows, workers) <= Decode(format, level, isa, rows, workers);

    /// <summary>The time of one run of inputs by tables, ns.</summary>
    private static double Tables(FormatDescriptor format, int level, CpuIsa isa, int rows, int sharingRows, int workers)
    {
        (double start, double product) = isa switch
        {
            CpuIsa.Scalar => (100, 1.4),
            CpuIsa.Avx2 => (4.3, 0.0145),
            _ => (3.5, 0.0075),
        };
        double lookup = (isa, format.CodeCount) switch
        {
            (CpuIsa.Scalar, _) => 1.7,
            (CpuIsa.Avx2, 16) => 0.018,
            (CpuIsa.Avx2, _) => 0.1,
            (_, 16) => 0.014,
            (CpuIsa.Avx512, _) => 0.08,
            _ => 0.018,
        };
        double build = (start + (product * format.CodeCount * format.Dimension)) * rows / ((double)sharingRows * workers);
        return format.CodebooksAt(level) * (build + (lookup * RowsOfAWorker(rows, workers)));
    }

    /// <summary>The time of one run of inputs by codewords, ns.</summary>
    private static double Decode(FormatDescriptor format, int level, CpuIsa isa, int rows, int workers)
    {
        // Scalar code waits for its sum, however many codewords are added before; a vector holds up to eight elements.
        double row = isa == CpuIsa.Scalar
            ? 2.2 * format.Dimension
            : 0.26 * format.CodebooksAt(level) * ((format.Dimension + 7) / 8);
        return row * RowsOfAWorker(rows, workers);
    }

    /// <summary>Rows of the worker that has the most: tiles are whole.</summary>
    private static int RowsOfAWorker(int rows, int workers)
    {
        const int tileRows = 256;
        int tiles = (rows + tileRows - 1) / tileRows;
        return Math.Min(rows, (tiles + workers - 1) / workers * tileRows);
    }
}
