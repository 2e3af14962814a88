using System.CommandLine;
using Dropwise.Cli.Benchmarks;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Reports;
using Dropwise.Cpu;
using Dropwise.Cuda;

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
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        CudaLibrary cuda = CudaLibrary.Detect();
        foreach (string warning in CudaLibrary.Warnings) session.Terminal.Error.WriteLine($"warning: {warning}");
        var report = new InfoReport(
            Version: typeof(InfoVerb).Assembly.GetName().Version?.ToString(3) ?? "unknown",
            Isa: CpuFeatures.NameOf(CpuFeatures.Selected),
            DetectedIsa: CpuFeatures.NameOf(CpuFeatures.Detected),
            Cpu: Processor.Name(),
            Threads: Environment.ProcessorCount,
            Native: Processor.IsNativeFile,
            Cuda: CudaReport.Of(cuda));
        if (parsed.GetValue(_json))
        {
            ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.InfoReport);
            return ExitCodes.Success;
        }

        TextWriter output = session.Terminal.Output;
        output.WriteLine($"dropwise {report.Version} ({(report.Native ? "native file" : "development build")})");
        output.WriteLine($"cpu      {report.Cpu}, {report.Threads} threads");
        output.WriteLine($"isa      {report.Isa}{(report.Isa == report.DetectedIsa ? "" : $" (lowered from {report.DetectedIsa} by {CpuFeatures.IsaVariable})")}");
        output.WriteLine($"cuda     {Describe(report.Cuda, cuda.Missing)}");
        return ExitCodes.Success;
    }

    private static string Describe(CudaReport? cuda, string? missing)
    {
        if (cuda is null) return $"none: {missing}";
        string devices = cuda.Devices == 1 ? "" : $"{cuda.Devices} x ";
        string compiler = cuda.Nvrtc is null ? "" : $", NVRTC {cuda.Nvrtc}";
        string problem = missing is null ? "" : $"; cannot be used: {missing}";
        return $"{devices}{cuda.Device}, capability {cuda.Capability}, {cuda.MemoryBytes >> 30} GiB, driver for CUDA {cuda.Driver}{compiler}{problem}";
    }
}
