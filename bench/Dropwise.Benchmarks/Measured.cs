namespace Dropwise.Benchmarks;

/// <summary>What columns need to know of a case beside its time. Benchmarks run in this process, so that a table in memory does.</summary>
internal static class Measured
{
    private static readonly Dictionary<(string Kernel, string Shape, int Threads), (double Bytes, double Roofline)> Cases = [];

    /// <summary>Keeps a case.</summary>
    /// <param name="kernel">Format and level.</param>
    /// <param name="shape">N and K.</param>
    /// <param name="threads">Workers.</param>
    /// <param name="bytes">Bytes of weights that one invocation reads.</param>
    /// <param name="roofline">The speed of reading memory, 10^9 bytes a second.</param>
    public static void Record(string kernel, string shape, int threads, double bytes, double roofline) =>
        Cases[(kernel, shape, threads)] = (bytes, roofline);

    /// <summary>The bytes and the memory speed of a case, or null where it never ran.</summary>
    /// <param name="kernel">Format and level.</param>
    /// <param name="shape">N and K.</param>
    /// <param name="threads">Workers.</param>
    public static (double Bytes, double Roofline)? Find(string kernel, string shape, int threads) =>
        Cases.TryGetValue((kernel, shape, threads), out (double, double) found) ? found : null;
}
