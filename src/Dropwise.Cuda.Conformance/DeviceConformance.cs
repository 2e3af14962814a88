using Dropwise.Conformance;
using Dropwise.Cpu;

namespace Dropwise.Cuda.Conformance;

/// <summary>
/// Every CUDA kernel of a registry, at every level, token tile, shape and distribution, on a device against the float64 oracle. Matrices
/// reach the device as in the engine: packed for the CPU, uploaded, repacked there.
/// </summary>
public static class DeviceConformance
{
    /// <summary>
    /// What persistent blocks need to go around more than once on the largest devices: more tiles of 128 rows than multiprocessors. The
    /// few inputs keep the oracle fast.
    /// </summary>
    private static readonly (int Rows, int Columns) ManyRows = (17000, 64);

    /// <summary>Runs all checks.</summary>
    /// <param name="context">The device.</param>
    /// <param name="registry">The formats.</param>
    /// <param name="options">What to cover; its tokens are not used, because kernels have tiles of their own.</param>
    /// <param name="report">Receives each result as it is known.</param>
    /// <exception cref="KeyNotFoundException">The options name a format that is not registered.</exception>
    public static void Run(CudaContext context, FormatRegistry registry, ConformanceOptions options, Action<ConformanceResult> report)
    {
        using var device = new DeviceWorkbench(context);
        IEnumerable<FormatRow> rows = options.Formats.Count == 0 ? registry.Rows : options.Formats.Select(name => registry[name]);
        foreach (FormatRow row in rows)
        {
            if (row.Cuda is null)
            {
                report(new ConformanceResult
                {
                    Check = $"coverage_{row.Descriptor.Name}_cuda",
                    Format = row.Descriptor.Name,
                    Outcome = ConformanceOutcome.Skipped,
                    Reason = "the format has no kernels for CUDA devices",
                });
                continue;
            }

            string missing = string.Join(", ", Missing(row));
            report(new ConformanceResult
            {
                Check = $"coverage_{row.Descriptor.Name}_cuda",
                Format = row.Descriptor.Name,
                Outcome = missing.Length == 0 ? ConformanceOutcome.Passed : ConformanceOutcome.Failed,
                Reason = missing,
            });
            if (row.Cuda.Kernels.Length == 0) continue;
            device.Programs.Prepare(Enumerable.Range(1, row.Descriptor.Levels).Select(level => (row, level)));
            foreach ((int n, int k) in (IEnumerable<(int, int)>)[.. options.Shapes, ManyRows])
            {
                if (k % row.Descriptor.InputUnit != 0) continue;
                foreach (ValueDistribution values in options.Values)
                {
                    // Where a block goes next does not depend on values.
                    if ((n, k) == ManyRows && values != ValueDistribution.Gaussian) continue;
                    foreach (bool decodesToHalf in (bool[])[false, true])
                    {
                        var source = new ValueSource(values, options.Seed) { WithinHalf = decodesToHalf };
                        CanonicalMatrix matrix = MatrixSource.Draw(row.Descriptor, n, k, source);
                        new DeviceMatrixChecks(device, row, matrix, values, decodesToHalf, options.Seed, report).Run();
                    }
                }
            }
        }
    }

    /// <summary>What a format lacks to run on every device from sm_80 on.</summary>
    private static IEnumerable<string> Missing(FormatRow row)
    {
        (KernelOp Op, ActivationKind Activation)[] needed =
        [
            (KernelOp.Dequantize, ActivationKind.Float32), (KernelOp.Dequantize, ActivationKind.Half),
            (KernelOp.Gemv, ActivationKind.Split16), (KernelOp.Gemm, ActivationKind.Half),
        ];
        return from level in Enumerable.Range(1, row.Descriptor.Levels)
               from need in needed
               where row.Cuda?.Find(need.Op, level, need.Activation, 1, 80) is null
               select $"no {need.Op} of {need.Activation} for level {level}";
    }
}
