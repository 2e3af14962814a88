using Dropwise.Cli.Hosting;
using Spectre.Console;

namespace Dropwise.Cli.Reports;

/// <summary>A <see cref="BenchReport"/> as tables for people.</summary>
internal static class BenchTables
{
    /// <summary>Prints a report.</summary>
    /// <param name="report">The report.</param>
    /// <param name="terminal">Where to print.</param>
    public static void Print(BenchReport report, Terminal terminal)
    {
        if (report.Kernels.Length > 0 && report.Cuda is { } cuda) PrintDevice(report, cuda, terminal);
        else if (report.Kernels.Length > 0) PrintKernels(report, terminal);
        if (report.Models.Length > 0 && report.Cuda is not null) PrintDeviceModels(report, terminal);
        else if (report.Models.Length > 0) PrintModels(report.Models, terminal);
    }

    private static void PrintKernels(BenchReport report, Terminal terminal)
    {
        Table kernels = Terminal.Table("format", ">level", "op", "engine", ">N x K", ">tokens", ">threads", ">us", ">GB/s", ">memory GB/s", ">ratio");
        foreach (KernelReport kernel in report.Kernels)
        {
            kernels.AddRow(
                kernel.Format, $"{kernel.Level}", kernel.Op, kernel.Engine, $"{kernel.N}x{kernel.K}", $"{kernel.M}", $"{kernel.Threads}",
                $"{kernel.Seconds * 1e6:0.0}", $"{kernel.Gbps:0.0}", $"{kernel.RooflineGbps:0.0}", $"{kernel.Ratio:0.00}");
        }

        terminal.Show(kernels);
        terminal.Output.WriteLine($"ratio: of the smaller of memory and {report.LookupLimitGbps} GB/s of table look-ups a thread");
    }

    private static void PrintDevice(BenchReport report, CudaReport cuda, Terminal terminal)
    {
        Table kernels = Terminal.Table(
            "format", ">level", ">N x K", ">tokens", ">us", ">GB/s", ">ratio", ">us with form", ">cuBLAS bf16 us", ">cuBLAS / us", "kernel");
        foreach (KernelReport kernel in report.Kernels)
        {
            kernels.AddRow(
                kernel.Format, $"{kernel.Level}", $"{kernel.N}x{kernel.K}", $"{kernel.M}", $"{kernel.Seconds * 1e6:0.00}", $"{kernel.Gbps:0}",
                $"{kernel.Ratio:0.00}", $"{kernel.PreparedSeconds * 1e6:0.00}", $"{kernel.BlasSeconds * 1e6:0.0}", $"{kernel.BlasSeconds / kernel.Seconds:0.00}", kernel.Kernel ?? "");
        }

        terminal.Show(kernels);
        terminal.Output.WriteLine($"{cuda.Device}; ratio: of the {report.RooflineGbps:0} GB/s at which memory is read; form: activations to what the kernel reads");
    }

    private static void PrintModels(ModelSpeedReport[] reports, Terminal terminal)
    {
        Table models = Terminal.Table("shape", "format", "head", ">level", ">threads", ">decode tokens/s", ">GB/s", ">prompt tokens/s");
        foreach (ModelSpeedReport model in reports)
        {
            models.AddRow(
                model.Shape, model.Format, model.Head, $"{model.Level}", $"{model.Threads}",
                $"{model.DecodeTokensPerSecond:0.0}", $"{model.DecodeGbps:0.0}", $"{model.PromptTokensPerSecond:0.0}");
        }

        terminal.Show(models);
    }

    private static void PrintDeviceModels(BenchReport report, Terminal terminal)
    {
        Table models = Terminal.Table(
            "shape", "format", "head", ">level", ">GPUs", ">decode tokens/s", ">GB/s", ">of a copy", ">prompt tokens/s", ">first token ms", ">peak GB");
        foreach (ModelSpeedReport model in report.Models)
        {
            models.AddRow(
                model.Shape, model.Format, model.Head, $"{model.Level}", $"{model.Gpus}", $"{model.DecodeTokensPerSecond:0.0}", $"{model.DecodeGbps:0}",
                $"{model.BandwidthShare:0.00}", $"{model.PromptTokensPerSecond:0}", $"{model.FirstTokenSeconds * 1e3:0.0}", $"{model.PeakDeviceBytes * 1e-9:0.00}");
        }

        terminal.Show(models);
        terminal.Output.WriteLine($"of a copy: of {report.RooflineGbps:0} GB/s, a copy inside device memory; prompts of {report.Models[0].PromptTokens} tokens");
    }
}
