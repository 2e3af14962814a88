using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Dropwise.Cpu;

namespace Dropwise.Conformance;

/// <summary>Checks of a registry row that need no matrix: names, and that no kernel is missing.</summary>
internal static partial class FormatChecks
{
    private static readonly ImmutableArray<CpuIsa> Engines = [CpuIsa.Scalar, CpuIsa.Avx2, CpuIsa.Avx512];

    /// <summary>Runs the checks.</summary>
    /// <param name="row">The format.</param>
    /// <param name="report">Receives the results.</param>
    public static void Run(FormatRow row, Action<ConformanceResult> report)
    {
        string format = row.Descriptor.Name;
        report(Result($"names_{format}", format, row.Kernels.Select(kernel => NameFault(row, kernel)).FirstOrDefault(static fault => fault.Length != 0) ?? ""));
        foreach (CpuIsa isa in Engines)
        {
            IEnumerable<string> missing =
                from level in Enumerable.Range(1, row.Descriptor.Levels)
                from op in (KernelOp[])[KernelOp.Dequantize, KernelOp.Gemv]
                where !row.Kernels.Any(k => k.Op == op && k.Level == level && k.Isa == isa)
                select $"no {op} for level {level}";
            report(Result($"coverage_{format}_{CpuFeatures.NameOf(isa)}", format, string.Join(", ", missing)) with { Isa = isa });
        }
    }

    private static string NameFault(FormatRow row, KernelEntry kernel)
    {
        Match match = Grammar().Match(kernel.Name);
        if (!match.Success) return $"{kernel.Name} does not follow the grammar";
        bool agrees = match.Groups["op"].Value == kernel.Op.ToString().ToLowerInvariant()
            && match.Groups["format"].Value == row.Descriptor.Name
            && match.Groups["level"].Value == $"{kernel.Level}"
            && match.Groups["activation"].Value == ActivationName(kernel.Activation)
            && match.Groups["isa"].Value == CpuFeatures.NameOf(kernel.Isa);
        return agrees ? "" : $"{kernel.Name} says other things than its entry";
    }

    private static string ActivationName(ActivationKind kind) => kind switch
    {
        ActivationKind.Float32 => "f32",
        ActivationKind.Int8 => "a8",
        ActivationKind.Int16 => "a16",
        ActivationKind.Int16InOrder => "i16",
        _ => "lut8",
    };

    private static ConformanceResult Result(string check, string format, string fault) => new()
    {
        Check = check,
        Format = format,
        Outcome = fault.Length == 0 ? ConformanceOutcome.Passed : ConformanceOutcome.Failed,
        Reason = fault,
    };

    [GeneratedRegex("^(?<op>[a-z]+)_(?<format>[a-z0-9_]+)_l(?<level>[1-9])_(?<activation>[a-z0-9]+)_t(?<tile>[0-9]+)_(?<isa>[a-z0-9]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Grammar();
}
