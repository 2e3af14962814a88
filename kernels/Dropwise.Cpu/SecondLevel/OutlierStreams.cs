namespace Dropwise.Cpu;

/// <summary>
/// Outliers between canonical form and kernel layout. A job is 16 rows × 512 inputs; jobs lie [N/64 · 4, K/512]. One stream says for
/// each job how many entries it and the jobs before it have; the other holds the entries, 32 bits each: the float16 value in bits 0 to
/// 15, the row inside the job in bits 16 to 19, the input in bits 20 to 28. So entries of a job that ascend as numbers ascend by input.
/// </summary>
public static unsafe class OutlierStreams
{
    /// <summary>The stream of the jobs' ends.</summary>
    public const string JobsName = "outlier_jobs";

    /// <summary>The stream of entries.</summary>
    public const string EntriesName = "outliers";

    /// <summary>Jobs of a tile of 64 rows that lie above each other.</summary>
    public const int JobsPerTile = 64 / OutlierDescriptor.JobRows;

    /// <summary>Jobs beside each other.</summary>
    /// <param name="columns">Inputs K.</param>
    public static int JobsAcross(int columns) => (columns + OutlierDescriptor.JobInputs - 1) / OutlierDescriptor.JobInputs;

    /// <summary>All jobs of a matrix, those of padded rows included.</summary>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    public static long Jobs(int rows, int columns) => (long)((rows + 63) / 64) * JobsPerTile * JobsAcross(columns);

    /// <summary>Outliers of a packed matrix.</summary>
    /// <param name="ends">The jobs' ends.</param>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    public static long Count(uint* ends, int rows, int columns) => ends[Jobs(rows, columns) - 1];

    /// <summary>Whether the ends of jobs could be those of a number of entries: kernels follow them without a check.</summary>
    /// <param name="ends">The jobs' ends.</param>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    /// <param name="count">Entries that are there.</param>
    public static bool AreEnds(ReadOnlySpan<uint> ends, int rows, int columns, long count)
    {
        if (ends.Length != Jobs(rows, columns) || ends[^1] != count) return false;
        for (int i = 1; i < ends.Length; i++)
        {
            if (ends[i] < ends[i - 1]) return false;
        }

        return true;
    }

    /// <summary>The first entry of a job.</summary>
    /// <param name="ends">The jobs' ends.</param>
    /// <param name="job">The job.</param>
    public static uint Start(uint* ends, long job) => job == 0 ? 0 : ends[job - 1];

    /// <summary>The row of an entry inside its job.</summary>
    /// <param name="entry">The entry.</param>
    public static int RowOf(uint entry) => (int)(entry >> 16) & (OutlierDescriptor.JobRows - 1);

    /// <summary>The input of an entry inside its job; masked, so that no file can point outside of it.</summary>
    /// <param name="entry">The entry.</param>
    public static int InputOf(uint entry) => (int)(entry >> 20) & (OutlierDescriptor.JobInputs - 1);

    /// <summary>Writes both streams.</summary>
    /// <param name="source">The matrix.</param>
    /// <param name="ends">The jobs' ends, zero before.</param>
    /// <param name="entries">The entries.</param>
    public static void Pack(CanonicalMatrix source, uint* ends, uint* entries)
    {
        long jobs = Jobs(source.Rows, source.Columns);
        foreach (Outlier outlier in source.Outliers) ends[Job(source, outlier)]++;
        for (long job = 1; job < jobs; job++) ends[job] += ends[job - 1];

        // Every job is filled from its end, which then is its start; afterwards the ends are one job further again.
        for (int i = source.Outliers.Length - 1; i >= 0; i--)
        {
            Outlier outlier = source.Outliers[i];
            uint place = (uint)(((outlier.Column % OutlierDescriptor.JobInputs) << 4) | (outlier.Row % OutlierDescriptor.JobRows));
            entries[--ends[Job(source, outlier)]] = (place << 16) | BitConverter.HalfToUInt16Bits((Half)outlier.Value);
        }

        for (long job = 1; job < jobs; job++) ends[job - 1] = ends[job];
        ends[jobs - 1] = (uint)source.Outliers.Length;
        for (long job = 0; job < jobs; job++)
            new Span<uint>(entries + Start(ends, job), (int)(ends[job] - Start(ends, job))).Sort();
    }

    /// <summary>The inverse of <see cref="Pack"/>.</summary>
    /// <param name="ends">The jobs' ends.</param>
    /// <param name="entries">The entries.</param>
    /// <param name="destination">Receives the outliers; its codes are there already.</param>
    /// <exception cref="ArgumentException">The entries are not those of a matrix of this size.</exception>
    public static void Unpack(uint* ends, uint* entries, CanonicalMatrix destination)
    {
        int across = JobsAcross(destination.Columns);
        var outliers = new Outlier[Count(ends, destination.Rows, destination.Columns)];
        long job = 0;
        for (uint i = 0; i < outliers.Length; i++)
        {
            while (i >= ends[job]) job++;
            ushort value = (ushort)entries[i];
            outliers[i] = new Outlier(
                (int)(job / across * OutlierDescriptor.JobRows) + RowOf(entries[i]),
                (int)(job % across * OutlierDescriptor.JobInputs) + InputOf(entries[i]),
                ScaleLanes.Half(&value));
        }

        Array.Sort(outliers, static (a, b) => a.Row != b.Row ? a.Row.CompareTo(b.Row) : a.Column.CompareTo(b.Column));
        destination.Outliers = outliers;
    }

    private static long Job(CanonicalMatrix matrix, Outlier outlier) =>
        ((long)(outlier.Row / OutlierDescriptor.JobRows) * JobsAcross(matrix.Columns)) + (outlier.Column / OutlierDescriptor.JobInputs);
}
