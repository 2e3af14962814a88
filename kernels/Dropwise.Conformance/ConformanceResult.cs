using Dropwise.Cpu;

namespace Dropwise.Conformance;

/// <summary>What became of one check.</summary>
public enum ConformanceOutcome
{
    /// <summary>Within its error class.</summary>
    Passed = 0,

    /// <summary>Outside of its error class, or wrong.</summary>
    Failed = 1,

    /// <summary>Not run: this processor or image lacks the instruction set.</summary>
    Skipped = 2,
}

/// <summary>One check of one kernel, or of a format's layout or names.</summary>
public sealed record ConformanceResult
{
    /// <summary>What was checked: a kernel's name, or <c>layout_…</c>, <c>names_…</c>, <c>coverage_…</c> and the format's.</summary>
    public required string Check { get; init; }

    /// <summary>The format's name.</summary>
    public required string Format { get; init; }

    /// <summary>What became of it.</summary>
    public required ConformanceOutcome Outcome { get; init; }

    /// <summary>The instruction set; scalar where a check concerns none.</summary>
    public CpuIsa Isa { get; init; }

    /// <summary>Output rows N; 0 where a check has no matrix.</summary>
    public int Rows { get; init; }

    /// <summary>Inputs K.</summary>
    public int Columns { get; init; }

    /// <summary>Tokens M.</summary>
    public int Tokens { get; init; }

    /// <summary>The values of weights and activations.</summary>
    public ValueDistribution Values { get; init; }

    /// <summary>The relative error, as <see cref="ErrorClass"/> defines it.</summary>
    public double Error { get; init; }

    /// <summary>The largest error that passes.</summary>
    public double Limit { get; init; }

    /// <summary>Why it failed or was skipped; otherwise empty.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The result of a check whose error is known.</summary>
    /// <param name="error">The relative error.</param>
    internal ConformanceResult Judged(double error) => this with
    {
        Error = error,
        Outcome = error <= Limit ? ConformanceOutcome.Passed : ConformanceOutcome.Failed,
        Reason = error <= Limit ? "" : "outside of its error class",
    };

    /// <inheritdoc/>
    public override string ToString()
    {
        string shape = Rows == 0 ? "" : $" {Rows}x{Columns}, {Tokens} tokens, {Values}";
        string error = Limit == 0 ? "" : $"{(Rows == 0 ? "" : ":")} error {Error:G3} of {Limit:G3}";
        return $"{Outcome} {Check}{shape}{error}{(Reason.Length == 0 ? "" : ": " + Reason)}";
    }
}
