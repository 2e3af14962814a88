using Dropwise.Cpu;

namespace Dropwise.Conformance;

/// <summary>What a run of the suite covers; the defaults are everything.</summary>
public sealed record ConformanceOptions
{
    /// <summary>
    /// Shapes [N, K] that find tails: one row, rows beside a tile of 64 and of 256, inputs that no group, block or power of two divides.
    /// A format skips shapes whose K its codewords or blocks do not divide.
    /// </summary>
    public IReadOnlyList<(int Rows, int Columns)> Shapes { get; init; } =
        [(1, 32), (3, 7), (64, 288), (65, 576), (130, 1000), (321, 264), (64, 2048), (37, 512)];

    /// <summary>Tokens of a product.</summary>
    public IReadOnlyList<int> Tokens { get; init; } = [1, 3, 67];

    /// <summary>Values of weights and activations.</summary>
    public IReadOnlyList<ValueDistribution> Values { get; init; } = Enum.GetValues<ValueDistribution>();

    /// <summary>Names of formats to check; empty for all.</summary>
    public IReadOnlyCollection<string> Formats { get; init; } = [];

    /// <summary>The highest instruction set to run.</summary>
    public CpuIsa Isa { get; init; } = CpuFeatures.Detected;

    /// <summary>Workers that share a product; one by default, because the checked products last microseconds each.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>The seed of all values.</summary>
    public int Seed { get; init; } = 1;
}
