using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Reports;
using Dropwise.Cpu;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise info</c>: this machine, and what this file can do on it.</summary>
internal sealed class InfoVerb : Verb
{
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public InfoVerb()
        : base("info", "This machine, and the instruction set that kernels use on it.")
    {
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, Session session)
    {
        var report = new InfoReport(
            Version: typeof(InfoVerb).Assembly.GetName().Version?.ToString(3) ?? "unknown",
            Isa: CpuFeatures.NameOf(CpuFeatures.Selected),
            DetectedIsa: CpuFeatures.NameOf(CpuFeatures.Detected),
            Cpu: ProcessorName(),
            Threads: Environment.ProcessorCount,
            Native: !RuntimeFeature.IsDynamicCodeSupported,
            Cuda: null);
        if (parsed.GetValue(_json))
        {
            ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.InfoReport);
            return ExitCodes.Success;
        }

        TextWriter output = session.Terminal.Output;
        output.WriteLine($"dropwise {report.Version} ({(report.Native ? "native file" : "development build")})");
        output.WriteLine($"cpu      {report.Cpu}, {report.Threads} threads");
        output.WriteLine($"isa      {report.Isa}{(report.Isa == report.DetectedIsa ? "" : $" (lowered from {report.DetectedIsa} by {CpuFeatures.IsaVariable})")}");
        output.WriteLine("cuda     none");
        return ExitCodes.Success;
    }

    /// <summary>The brand string of the processor, from CPUID leaves 0x80000002 to 0x80000004.</summary>
    private static string ProcessorName()
    {
        const int firstLeaf = unchecked((int)0x80000002);
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax < unchecked((uint)firstLeaf + 2))
            return RuntimeInformation.ProcessArchitecture.ToString();
        Span<int> registers = stackalloc int[12];
        for (int leaf = 0; leaf < 3; leaf++)
        {
            (registers[4 * leaf], registers[(4 * leaf) + 1], registers[(4 * leaf) + 2], registers[(4 * leaf) + 3]) =
                X86Base.CpuId(firstLeaf + leaf, 0);
        }

        ReadOnlySpan<byte> name = MemoryMarshal.AsBytes(registers).Trim((byte)' ');
        int end = name.IndexOf((byte)0);
        return System.Text.Encoding.ASCII.GetString(end < 0 ? name : name[..end]).Trim();
    }
}
