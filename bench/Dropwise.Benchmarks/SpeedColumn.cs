using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Dropwise.Benchmarks;

/// <summary>A column of a kernel's speed, made of the median time and the bytes of weights that an invocation reads.</summary>
/// <param name="name">The column's header.</param>
/// <param name="legend">What it says.</param>
/// <param name="value">Speed in 10^9 bytes a second and memory's speed → the cell.</param>
internal sealed class SpeedColumn(string name, string legend, Func<double, double, string> value) : IColumn
{
    /// <summary>10^9 bytes of weights a second.</summary>
    public static SpeedColumn Gigabytes { get; } = new("GB/s", "10^9 bytes of weights a second", static (speed, _) => $"{speed:0.0}");

    /// <summary>The share of the memory speed that was measured before the case.</summary>
    public static SpeedColumn ShareOfMemory { get; } =
        new("of memory", "share of the read speed of memory, measured before the case", static (speed, roofline) => $"{speed / roofline:0.00}");

    /// <inheritdoc/>
    public string Id => ColumnName;

    /// <inheritdoc/>
    public string ColumnName => name;

    /// <inheritdoc/>
    public bool AlwaysShow => true;

    /// <inheritdoc/>
    public ColumnCategory Category => ColumnCategory.Custom;

    /// <inheritdoc/>
    public int PriorityInCategory => 0;

    /// <inheritdoc/>
    public bool IsNumeric => true;

    /// <inheritdoc/>
    public UnitType UnitType => UnitType.Dimensionless;

    /// <inheritdoc/>
    public string Legend => legend;

    /// <inheritdoc/>
    public bool IsAvailable(Summary summary) => true;

    /// <inheritdoc/>
    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    /// <inheritdoc/>
    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        object Parameter(string parameter) => benchmarkCase.Parameters[parameter];
        (double Bytes, double Roofline)? measured = Measured.Find(
            (string)Parameter(nameof(KernelBenchmarks.Kernel)), (string)Parameter(nameof(KernelBenchmarks.Shape)), (int)Parameter(nameof(KernelBenchmarks.Threads)));
        return measured is { } found && summary[benchmarkCase]?.ResultStatistics is { } times
            ? value(found.Bytes / times.Median, found.Roofline)
            : "-";
    }

    /// <inheritdoc/>
    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);
}
