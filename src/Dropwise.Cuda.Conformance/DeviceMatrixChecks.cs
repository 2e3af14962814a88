using Dropwise.Conformance;
using Dropwise.Cpu;
using Dropwise.Reference;

namespace Dropwise.Cuda.Conformance;

/// <summary>Checks of one format on one matrix: every CUDA kernel at every level against the oracle.</summary>
/// <param name="device">The device.</param>
/// <param name="row">The format.</param>
/// <param name="matrix">The matrix.</param>
/// <param name="values">The distribution of the matrix and of activations.</param>
/// <param name="decodesToHalf">Which kernels to check: those that decode weights with their scales to float16, or the others.</param>
/// <param name="seed">The seed of all values.</param>
/// <param name="report">Receives the results.</param>
internal sealed unsafe class DeviceMatrixChecks(
    DeviceWorkbench device, FormatRow row, CanonicalMatrix matrix, ValueDistribution values, bool decodesToHalf, int seed, Action<ConformanceResult> report)
{
    // Tokens of a gemm: fewer than a tile, more than one of the smallest, more than one of the largest with a tail.
    private static readonly int[] GemmTokens = [17, 67, 300];

    // Above this many products of the oracle the most tokens would take it seconds a check.
    private const long MostProducts = 50_000_000;

    /// <summary>Runs all checks.</summary>
    public void Run()
    {
        using PackedMatrix packed = PackedMatrix.FromCanonical(row, matrix);
        using DeviceMatrix weights = device.Loader.Load(packed, row.Descriptor.Levels);
        for (int level = 1; level <= row.Descriptor.Levels; level++)
        {
            var oracle = new ReferenceProduct(matrix, level);
            var cases = new Dictionary<int, ProductCase>();
            foreach (CudaKernelEntry kernel in row.Cuda!.Kernels.Where(kernel => kernel.Level == level && ScalesHalves(kernel) == decodesToHalf))
            {
                if (!device.Runs(kernel))
                    report(Result(kernel, 0) with { Outcome = ConformanceOutcome.Skipped, Reason = $"needs sm_{kernel.Architecture}a" });
                else if (kernel.Op == KernelOp.Dequantize)
                    Dequantize(kernel, weights, oracle);
                else
                    Products(kernel, weights, oracle, cases);
            }

            if (decodesToHalf) ThroughBlas(level, weights, oracle, cases);
            else if (level == row.Descriptor.Levels) Shard(packed, level, oracle);
            foreach (ProductCase product in cases.Values) product.Dispose();
        }
    }

    /// <summary>Whether float16 must hold a kernel's weights, scales included. A product of additive codes scales the sums of its rows, which are float32.</summary>
    private bool ScalesHalves(CudaKernelEntry kernel) =>
        kernel.Activation == ActivationKind.Half && (kernel.Op == KernelOp.Dequantize || row.Descriptor.Kind != CodeKind.Additive);

    private void Dequantize(CudaKernelEntry kernel, DeviceMatrix weights, ReferenceProduct oracle)
    {
        bool toHalf = kernel.Activation == ActivationKind.Half;
        using var decoded = new DeviceBuffer(device.Stream.Context, (long)matrix.Rows * matrix.Columns * (toHalf ? 2 : sizeof(float)));

        // What a kernel leaves out must not look like what an earlier one wrote.
        device.Stream.Fill(decoded.Pointer, 0xff, decoded.ByteLength);
        device.Products.Dequantize(device.Stream, weights, kernel.Level, toHalf, 0, matrix.Rows, decoded.Pointer);
        report(Result(kernel, 0).Judged(ErrorOf(Read(decoded, toHalf, matrix.Rows * matrix.Columns), oracle.Weights)));

        // A list of rows, as an embedding reads them: the last row, the first, and one twice.
        int[] list = [matrix.Rows - 1, 0, matrix.Rows / 2, matrix.Rows / 2];
        using DeviceBuffer rows = DeviceBuffer.Of<int>(device.Stream, list);
        using var listed = new DeviceBuffer(device.Stream.Context, (long)list.Length * matrix.Columns * (toHalf ? 2 : sizeof(float)));
        device.Stream.Fill(listed.Pointer, 0xff, listed.ByteLength);
        device.Products.Dequantize(device.Stream, weights, kernel.Level, toHalf, rows.Pointer, list.Length, listed.Pointer);
        double[] expected = new double[list.Length * matrix.Columns];
        for (int i = 0; i < list.Length; i++) oracle.Weights.Slice(list[i] * matrix.Columns, matrix.Columns).CopyTo(expected.AsSpan(i * matrix.Columns));
        report((Result(kernel, 0) with { Check = $"{kernel.Name} of listed rows" }).Judged(ErrorOf(Read(listed, toHalf, expected.Length), expected)));
    }

    /// <summary>The part of the matrix behind its first 16 rows and 512 inputs, as another device of several would hold it.</summary>
    private void Shard(PackedMatrix packed, int level, ReferenceProduct oracle)
    {
        int firstRow = Math.Min(DeviceStreamSpec.JobRows, matrix.Rows - 1) / DeviceStreamSpec.JobRows * DeviceStreamSpec.JobRows;
        const int firstColumn = DeviceStreamSpec.JobInputs;
        if (matrix.Columns <= firstColumn) return;
        var shard = new DeviceShard(firstRow, matrix.Rows - firstRow, firstColumn, matrix.Columns - firstColumn);
        using DeviceMatrix part = device.Loader.Load(packed, level, shard);
        using var decoded = new DeviceBuffer(device.Stream.Context, (long)shard.Rows * shard.Columns * sizeof(float));
        device.Products.Dequantize(device.Stream, part, level, toHalf: false, 0, shard.Rows, decoded.Pointer);
        double[] expected = new double[shard.Rows * shard.Columns];
        for (int i = 0; i < shard.Rows; i++)
            oracle.Weights.Slice(((firstRow + i) * matrix.Columns) + firstColumn, shard.Columns).CopyTo(expected.AsSpan(i * shard.Columns));
        CudaKernelEntry kernel = row.Cuda!.Find(KernelOp.Dequantize, level, ActivationKind.Float32, 0, device.Products.Architecture)!;
        report((Result(kernel, 0) with { Check = $"{kernel.Name} of a shard" }).Judged(ErrorOf(Read(decoded, false, expected.Length), expected)));
    }

    private static double ErrorOf(float[] actual, ReadOnlySpan<double> expected)
    {
        ErrorNorm norm = default;
        for (int i = 0; i < actual.Length; i++) norm.Add(actual[i], expected[i], expected[i]);
        return norm.Value;
    }

    private float[] Read(DeviceBuffer buffer, bool isHalf, int count)
    {
        if (!isHalf)
        {
            float[] floats = new float[count];
            buffer.Read(device.Stream, floats.AsSpan());
            return floats;
        }

        var halves = new Half[count];
        buffer.Read(device.Stream, halves.AsSpan());
        return Array.ConvertAll(halves, static half => (float)half);
    }

    private void Products(CudaKernelEntry kernel, DeviceMatrix weights, ReferenceProduct oracle, Dictionary<int, ProductCase> cases)
    {
        // A gemv: one token, one less than its tile, all of it.
        int[] counts = kernel.Op == KernelOp.Gemv ? [1, Math.Max(1, kernel.TokenTile - 1), kernel.TokenTile] : GemmTokens;
        foreach (int tokens in counts.Distinct())
        {
            if (tokens > GemmTokens[0] && (long)tokens * matrix.Rows * matrix.Columns > MostProducts) continue;
            ProductCase product = Case(tokens, oracle, cases);
            using var run = new DeviceProductRun(device, weights, kernel, tokens);
            report(Result(kernel, tokens).Judged(product.ErrorOf(run.Multiply)));
            report((Result(kernel, tokens) with { Check = $"{kernel.Name} of four, added" }).Judged(product.ErrorOf(run.MultiplyAdded)));
        }
    }

    /// <summary>
    /// Decoding for cuBLAS. All tokens share one power of two there, so that adversarial tokens, which lie 50 powers of ten apart, are not
    /// for it; halves have 29 powers of two.
    /// </summary>
    private void ThroughBlas(int level, DeviceMatrix weights, ReferenceProduct oracle, Dictionary<int, ProductCase> cases)
    {
        if (values == ValueDistribution.Adversarial) return;
        int tokens = GemmTokens[0];
        CudaKernelEntry kernel = device.Products.KernelFor(row, level, ActivationFormKind.HalfRows, tokens);
        ConformanceResult result = Result(kernel, tokens) with { Check = $"{kernel.Name} for cuBLAS" };
        if (device.Blas is null)
        {
            report(result with { Outcome = ConformanceOutcome.Skipped, Reason = "cuBLAS is not installed" });
            return;
        }

        using var run = new DeviceProductRun(device, weights, level, ActivationFormKind.HalfRows, tokens);
        ProductCase product = Case(tokens, oracle, cases);
        report(result.Judged(product.ErrorOf(run.Multiply)));
        report((result with { Check = $"{kernel.Name} for cuBLAS of four, added" }).Judged(product.ErrorOf(run.MultiplyAdded)));
    }

    private ProductCase Case(int tokens, ReferenceProduct oracle, Dictionary<int, ProductCase> cases)
    {
        if (!cases.TryGetValue(tokens, out ProductCase? product))
        {
            product = new ProductCase(oracle, matrix.Rows, matrix.Columns, tokens, new ValueSource(values, seed + tokens));
            cases.Add(tokens, product);
        }

        return product;
    }

    private ConformanceResult Result(CudaKernelEntry kernel, int tokens) => new()
    {
        Check = kernel.Name,
        Format = row.Descriptor.Name,
        Outcome = ConformanceOutcome.Passed,
        Rows = matrix.Rows,
        Columns = matrix.Columns,
        Tokens = tokens,
        Values = values,
        Limit = ErrorClass.LimitOf(kernel.Activation),
    };
}
