using Dropwise.Cli.Reports;
using Dropwise.Cpu;
using Dropwise.Cuda;

namespace Dropwise.Cli.Benchmarks;

/// <summary>Measurements of products on a CUDA device: formats and levels × shapes × tokens.</summary>
/// <param name="device">The device.</param>
/// <param name="cancellation">Ends the run between two measurements.</param>
/// <param name="progress">Receives the finished fraction.</param>
internal sealed class DeviceMeasurement(DeviceWorkbench device, CancellationToken cancellation, Action<double> progress)
{
    // Enough for a median that ignores a few disturbances; a run takes a millisecond or so.
    private const int Repeats = 15;

    /// <summary>The speed at which the device reads memory, measured when the run began.</summary>
    public double RooflineGbps { get; } = DeviceRoofline.MeasureGbps(device.Programs, device.Stream);

    /// <summary>Measures; a format skips shapes whose K its dimension does not divide.</summary>
    /// <param name="levels">Formats and their levels.</param>
    /// <param name="shapes">Shapes of the matrix.</param>
    /// <param name="tokens">Tokens of a product.</param>
    public List<KernelReport> Kernels((FormatRow Row, int Level)[] levels, MatrixShape[] shapes, int[] tokens)
    {
        var reports = new List<KernelReport>();
        if (shapes.Length == 0) return reports;
        levels = [.. levels.Where(static level => level.Row.Cuda is not null)];
        device.Programs.Prepare(levels);
        int all = shapes.Length * tokens.Length * levels.Length, done = 0;
        foreach (MatrixShape shape in shapes)
        {
            double?[] blas = [.. tokens.Select(count => device.Blas is null ? (double?)null : BlasBenchmark.Measure(device, shape, count, Repeats))];
            foreach ((FormatRow row, int level) in levels)
            {
                progress((double)done / all);
                done += tokens.Length;
                if (row.Cuda is null || shape.Columns % row.Descriptor.InputUnit != 0) continue;
                using var copies = new DeviceCopies(device, row, level, shape);
                for (int i = 0; i < tokens.Length; i++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    ActivationFormKind own = DeviceActivations.KindFor(tokens[i]), fastest = device.Products.KindFor(tokens[i]);
                    reports.Add(Measure(copies, shape, tokens[i], own, blas[i]));
                    if (fastest != own) reports.Add(Measure(copies, shape, tokens[i], fastest, blas[i]));
                }
            }
        }

        return reports;
    }

    /// <summary>Measures whole models of random weights.</summary>
    /// <param name="formats">What the layers are in.</param>
    /// <param name="head">The format of the head.</param>
    /// <param name="shapes">Names of known models.</param>
    /// <param name="gpus">Devices that share a model.</param>
    /// <param name="unquantized">Whether to measure bfloat16 too, by our own kernels and by cuBLAS where it is installed.</param>
    public List<ModelSpeedReport> Models(ModelFormats[] formats, FormatRow head, string[] shapes, int gpus, bool unquantized)
    {
        var reports = new List<ModelSpeedReport>();
        foreach (string shape in shapes)
        {
            foreach (ModelFormats format in formats) Measure(shape, format, blas: false);
            if (!unquantized) continue;
            Measure(shape, null, blas: false);
            if (CudaBlas.IsPresent) Measure(shape, null, blas: true);
        }

        return reports;

        void Measure(string shape, ModelFormats? format, bool blas)
        {
            using var model = new DeviceModelBenchmark(shape, format, head, gpus, blas);
            foreach (int level in model.Levels) reports.Add(model.Measure(level, RooflineGbps, cancellation));
        }
    }

    private KernelReport Measure(DeviceCopies copies, MatrixShape shape, int tokens, ActivationFormKind kind, double? blas)
    {
        using var benchmark = new DeviceProductBenchmark(device, copies, tokens, kind);
        double seconds = benchmark.Measure(withForm: false, Repeats);
        FormatRow row = copies.Source.Format;
        CudaKernelEntry kernel = device.Products.KernelFor(row, copies.Level, benchmark.Form.Kind, tokens);
        double gbps = copies.BytesRead / seconds * 1e-9;
        return new KernelReport(
            row.Descriptor.Name, copies.Level, kind == ActivationFormKind.Split16 ? "gemv" : "gemm", device.Programs.Architecture, tokens, shape.Rows, shape.Columns,
            Threads: 0, seconds, gbps, RooflineGbps, gbps / RooflineGbps, gbps / RooflineGbps)
        {
            Kernel = kind == ActivationFormKind.HalfRows ? $"{kernel.Name}, cuBLAS" : kernel.Name,
            PreparedSeconds = benchmark.Measure(withForm: true, Repeats),
            BlasSeconds = blas,
        };
    }
}
