using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Dropwise.Cuda;

/// <summary>What a kernel uses of a multiprocessor, as the assembler reports it under <c>-v</c>.</summary>
/// <param name="Kernel">The kernel's name.</param>
/// <param name="Registers">Registers a thread.</param>
/// <param name="SpillStoreBytes">Bytes that a thread writes to local memory because registers ran out.</param>
/// <param name="SpillLoadBytes">Bytes that a thread reads back.</param>
/// <param name="StackBytes">Bytes of stack frame: arrays that could not live in registers.</param>
public sealed partial record KernelResources(string Kernel, int Registers, int SpillStoreBytes, int SpillLoadBytes, int StackBytes)
{
    /// <summary>Whether registers were spilled to local memory.</summary>
    public bool Spills => SpillStoreBytes + SpillLoadBytes > 0;

    /// <summary>Reads a log.</summary>
    /// <param name="log">The log of a compilation with <c>--ptxas-options=-v</c>.</param>
    /// <returns>One entry a kernel, in the log's order.</returns>
    public static ImmutableArray<KernelResources> Parse(string log)
    {
        var kernels = ImmutableArray.CreateBuilder<KernelResources>();
        KernelResources? current = null;
        foreach (string line in log.Split('\n'))
        {
            if (Entry().Match(line) is { Success: true } entry)
                current = new KernelResources(entry.Groups["name"].Value, 0, 0, 0, 0);
            else if (current is null)
                continue;
            else if (Frame().Match(line) is { Success: true } frame)
                current = current with { StackBytes = Number(frame, "stack"), SpillStoreBytes = Number(frame, "stores"), SpillLoadBytes = Number(frame, "loads") };
            else if (Used().Match(line) is { Success: true } used)
            {
                kernels.Add(current with { Registers = Number(used, "registers") });
                current = null;
            }
        }

        return kernels.ToImmutable();
    }

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex("Compiling entry function '(?<name>[^']+)'", RegexOptions.CultureInvariant)]
    private static partial Regex Entry();

    [GeneratedRegex("(?<stack>[0-9]+) bytes stack frame, (?<stores>[0-9]+) bytes spill stores, (?<loads>[0-9]+) bytes spill loads", RegexOptions.CultureInvariant)]
    private static partial Regex Frame();

    [GeneratedRegex("Used (?<registers>[0-9]+) registers", RegexOptions.CultureInvariant)]
    private static partial Regex Used();
}
