using Dropwise.Cpu;

namespace Dropwise.Inference;

/// <summary>Outliers of a random matrix: one weight in about a hundred, the same number in every whole job, spread evenly over its places.</summary>
internal static unsafe class RandomOutliers
{
    private const int OneIn = 99;
    private const int RowBits = 4;

    /// <summary>Outliers of a matrix.</summary>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    public static long Count(int rows, int columns)
    {
        long count = 0;
        ForJobs(rows, columns, (_, job) => count += job);
        return count;
    }

    /// <summary>Writes the ends of jobs.</summary>
    /// <param name="ends">Receives one for each job, [N/64 · 4, K/512].</param>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    public static void FillJobs(uint* ends, int rows, int columns)
    {
        uint end = 0;
        ForJobs(rows, columns, (index, count) => ends[index] = end += (uint)count);
    }

    /// <summary>Writes the entries.</summary>
    /// <param name="entries">Receives the entries of all jobs.</param>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    /// <param name="value">The magnitude of values, whose signs alternate.</param>
    public static void FillEntries(uint* entries, int rows, int columns, Half value)
    {
        uint* next = entries;
        ushort bits = BitConverter.HalfToUInt16Bits(value);
        ForJobs(rows, columns, (_, count) =>
        {
            // A step that no power of two divides visits all rows.
            for (int i = 0; i < count; i++) *next++ = ((uint)(i * OneIn) << 16) | (uint)(bits ^ ((i & 1) << 15));
        });
    }

    /// <summary>Puts the code 0 under the outliers.</summary>
    /// <param name="codes">The codes [N, K] of rows that begin at a whole job.</param>
    /// <param name="rows">Rows of the codes.</param>
    /// <param name="columns">Inputs K.</param>
    public static void ClearCodes(ushort[] codes, int rows, int columns)
    {
        int across = OutlierStreams.JobsAcross(columns);
        ForJobs(rows, columns, (index, count) =>
        {
            long first = (index / across * OutlierDescriptor.JobRows * columns) + (index % across * OutlierDescriptor.JobInputs);
            for (int i = 0; i < count; i++)
            {
                int place = i * OneIn;
                codes[first + ((long)(place & (OutlierDescriptor.JobRows - 1)) * columns) + (place >> RowBits)] = 0;
            }
        });
    }

    // Jobs of padding have no outliers; those at the end of the rows of inputs have fewer.
    private static void ForJobs(int rows, int columns, Action<long, int> job)
    {
        int across = OutlierStreams.JobsAcross(columns);
        for (long index = 0; index < OutlierStreams.Jobs(rows, columns); index++)
        {
            bool whole = ((index / across) + 1) * OutlierDescriptor.JobRows <= rows;
            int inputs = Math.Min(columns - ((int)(index % across) * OutlierDescriptor.JobInputs), OutlierDescriptor.JobInputs);
            job(index, whole ? (inputs << RowBits) / OneIn : 0);
        }
    }
}
