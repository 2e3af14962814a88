using Dropwise.Cpu;

namespace Dropwise.Conformance;

/// <summary>
/// Every format × level × op × instruction set × shape × distribution of a registry against the float64 oracle. What cannot run here is
/// reported as skipped, never as passed.
/// </summary>
public static class ConformanceSuite
{
    /// <summary>Runs the suite.</summary>
    /// <param name="registry">The formats.</param>
    /// <param name="options">What to cover.</param>
    /// <param name="report">Receives each result as it is known.</param>
    /// <exception cref="KeyNotFoundException">The options name a format that is not registered.</exception>
    public static void Run(FormatRegistry registry, ConformanceOptions options, Action<ConformanceResult> report)
    {
        using var team = new WorkerTeam(options.Workers);
        IEnumerable<FormatRow> rows = options.Formats.Count == 0 ? registry.Rows : options.Formats.Select(name => registry[name]);
        foreach (FormatRow row in rows)
        {
            FormatChecks.Run(row, report);
            foreach ((int n, int k) in options.Shapes)
            {
                if (k % row.Descriptor.InputUnit != 0) continue;
                foreach (ValueDistribution values in options.Values)
                {
                    CanonicalMatrix matrix = MatrixSource.Draw(row.Descriptor, n, k, new ValueSource(values, options.Seed));
                    new MatrixChecks(row, matrix, options, team, values, report).Run();
                }
            }
        }
    }
}
