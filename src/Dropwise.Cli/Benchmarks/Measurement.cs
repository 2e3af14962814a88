using Dropwise.Cli.Reports;
using Dropwise.Cpu;

namespace Dropwise.Cli.Benchmarks;

/// <summary>One run of measurements: formats and levels × shapes × numbers of threads.</summary>
/// <param name="threads">Numbers of threads.</param>
/// <param name="cancellation">Ends the run.</param>
/// <param name="progress">Receives the finished fraction.</param>
/// <param name="total">Measurements of the whole run.</param>
internal sealed class Measurement(int[] threads, CancellationToken cancellation, Action<double> progress, int total)
{
    private int _done;

    /// <summary>The median read speed of memory at the largest number of threads; 0 before kernels were measured.</summary>
    public double RooflineGbps { get; private set; }

    /// <summary>Measures kernels; a format skips shapes whose K its dimension does not divide.</summary>
    /// <param name="levels">Formats and their levels.</param>
    /// <param name="shapes">Shapes of the matrix.</param>
    /// <param name="tokens">Tokens of a product.</param>
    public List<KernelReport> Kernels((FormatRow Row, int Level)[] levels, MatrixShape[] shapes, int[] tokens)
    {
        var reports = new List<KernelReport>();
        if (shapes.Length == 0) return reports;
        using var roofline = new ReadRoofline();
        foreach (int count in threads)
        {
            using var team = new WorkerTeam(count);
            foreach ((MatrixShape shape, int m) in shapes.SelectMany(shape => tokens.Select(m => (shape, m))))
            {
                foreach ((FormatRow row, int level) in levels)
                {
                    if (shape.Columns % row.Descriptor.InputUnit == 0)
                        reports.Add(KernelBenchmark.Measure(row, level, shape, m, team, roofline, cancellation));
                    Advance();
                }
            }
        }

        double[] speeds = [.. reports.Where(report => report.Threads == threads.Max()).Select(report => report.RooflineGbps)];
        if (speeds.Length > 0) RooflineGbps = Statistics.Median(speeds);
        return reports;
    }

    /// <summary>Measures whole models of random weights.</summary>
    /// <param name="formats">What the layers are in.</param>
    /// <param name="head">The format of the head.</param>
    /// <param name="shapes">Names of known models.</param>
    public List<ModelSpeedReport> Models(ModelFormats[] formats, FormatRow head, IEnumerable<string> shapes)
    {
        var reports = new List<ModelSpeedReport>();
        foreach (string shape in shapes)
        {
            foreach (ModelFormats format in formats)
            {
                using var model = new ModelBenchmark(shape, format, head);
                foreach (int count in threads)
                {
                    using var team = new WorkerTeam(count);
                    foreach (int level in model.Levels)
                    {
                        reports.Add(model.Measure(level, team, cancellation));
                        Advance();
                    }
                }
            }
        }

        return reports;
    }

    private void Advance() => progress((double)++_done / total);
}
