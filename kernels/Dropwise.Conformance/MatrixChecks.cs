using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Reference;

namespace Dropwise.Conformance;

/// <summary>Checks of one format on one matrix: the layout, and every kernel at every level against the oracle.</summary>
/// <param name="row">The format.</param>
/// <param name="matrix">The matrix.</param>
/// <param name="options">What to cover.</param>
/// <param name="team">The workers.</param>
/// <param name="values">The distribution of the matrix and of activations.</param>
/// <param name="report">Receives the results.</param>
internal sealed unsafe class MatrixChecks(
    FormatRow row, CanonicalMatrix matrix, ConformanceOptions options, WorkerTeam team, ValueDistribution values, Action<ConformanceResult> report)
{
    // A gemv goes through its tokens one by one; more of them show nothing new.
    private const int MostGemvTokens = 8;

    /// <summary>Runs all checks.</summary>
    public void Run()
    {
        RoundTrip();
        var packed = new Dictionary<CpuIsa, PackedMatrix>();
        foreach (KernelEntry kernel in row.Kernels)
        {
            if (kernel.Isa <= options.Isa && !packed.ContainsKey(kernel.Isa)) packed.Add(kernel.Isa, PackedMatrix.FromCanonical(row, matrix, kernel.Isa));
        }

        for (int level = 1; level <= row.Descriptor.Levels; level++)
        {
            var oracle = new ReferenceProduct(matrix, level);
            ProductCase[] cases = [.. options.Tokens.Select(tokens =>
                new ProductCase(oracle, matrix.Rows, matrix.Columns, tokens, new ValueSource(values, options.Seed + tokens)))];
            foreach (KernelEntry kernel in row.Kernels)
            {
                // Kernels that build tables run, and are judged, with the gemv of their instruction set.
                if (kernel.Level != level || kernel.Op == KernelOp.Tables) continue;
                if (!packed.TryGetValue(kernel.Isa, out PackedMatrix? weights))
                    report(Result(kernel, 0) with { Outcome = ConformanceOutcome.Skipped, Reason = $"needs {CpuFeatures.NameOf(kernel.Isa)}" });
                else if (kernel.Op == KernelOp.Dequantize)
                    Dequantize(kernel, weights, oracle);
                else
                    Products(kernel, weights, cases);
            }

            foreach (ProductCase product in cases) product.Dispose();
        }

        foreach (PackedMatrix weights in packed.Values) weights.Dispose();
    }

    private void RoundTrip()
    {
        ImmutableArray<StreamSpec> specs = row.Streams(matrix.Rows, matrix.Columns, matrix.Outliers.Length);
        NativeBuffer[] buffers = [.. specs.Select(static s => new NativeBuffer(s.ByteLength))];
        nint[] addresses = [.. buffers.Select(static b => (nint)b.Pointer)];
        row.Pack(matrix, addresses);
        var copy = new CanonicalMatrix(row.Descriptor, matrix.Rows, matrix.Columns);
        row.Unpack(addresses, copy);
        foreach (NativeBuffer buffer in buffers) buffer.Dispose();
        bool same = SameSecondLevel(copy) && copy.GroupScales.SequenceEqual(matrix.GroupScales) && copy.GroupZeros.SequenceEqual(matrix.GroupZeros)
            && copy.RowScales.SequenceEqual(matrix.RowScales) && copy.Codes.Zip(matrix.Codes).All(static p => p.First.SequenceEqual(p.Second));
        report(new ConformanceResult
        {
            Check = $"layout_{row.Descriptor.Name}",
            Format = row.Descriptor.Name,
            Outcome = same ? ConformanceOutcome.Passed : ConformanceOutcome.Failed,
            Rows = matrix.Rows,
            Columns = matrix.Columns,
            Values = values,
            Reason = same ? "" : "unpack(pack(codes)) differs from codes",
        });
    }

    private bool SameSecondLevel(CanonicalMatrix copy)
    {
        if (!copy.Outliers.AsSpan().SequenceEqual(matrix.Outliers)) return false;
        return copy.Statistics is not { } a || matrix.Statistics is not { } b
            || (a.ScaleCodes.AsSpan().SequenceEqual(b.ScaleCodes) && a.ZeroCodes.AsSpan().SequenceEqual(b.ZeroCodes)
                && a.ScaleSteps.AsSpan().SequenceEqual(b.ScaleSteps) && a.ScaleOffsets.AsSpan().SequenceEqual(b.ScaleOffsets)
                && a.ZeroSteps.AsSpan().SequenceEqual(b.ZeroSteps) && a.ZeroOffsets.AsSpan().SequenceEqual(b.ZeroOffsets));
    }

    private void Dequantize(KernelEntry kernel, PackedMatrix packed, ReferenceProduct oracle)
    {
        const int panelRows = WeightMatrix.PanelRows;
        int columns = matrix.Columns;

        // In two spans, the second of which begins inside a group.
        int first = columns > 32 ? columns / 64 * 32 : 0;
        using var panel = new NativeBuffer((long)columns * panelRows * sizeof(float));
        var panelValues = (float*)panel.Pointer;
        ErrorNorm norm = default;
        for (int firstRow = 0; firstRow < matrix.Rows; firstRow += panelRows)
        {
            if (first > 0) packed.DequantizePanel(kernel.Level, firstRow, 0, first, panelValues);
            packed.DequantizePanel(kernel.Level, firstRow, first, columns - first, panelValues + (first * panelRows));
            for (int r = 0; r < panelRows; r++)
            {
                for (int k = 0; k < columns; k++)
                {
                    double expected = firstRow + r < matrix.Rows ? oracle.Weights[((firstRow + r) * columns) + k] : 0;
                    norm.Add(panelValues[(k * panelRows) + r], expected, expected);
                }
            }
        }

        report(Result(kernel, 0).Judged(norm.Value));
    }

    private void Products(KernelEntry kernel, PackedMatrix weights, ProductCase[] cases)
    {
        foreach (ProductCase product in cases)
        {
            if (kernel.Op == KernelOp.Gemv && product.Tokens > MostGemvTokens) continue;
            double error = product.ErrorOf((x, y) => MatrixMultiply.Run(team, x, new MatrixProduct(weights, kernel.Level, y, matrix.Rows), kernel));
            report(Result(kernel, product.Tokens).Judged(error));
        }
    }

    private ConformanceResult Result(KernelEntry kernel, int tokens) => new()
    {
        Check = kernel.Name,
        Format = row.Descriptor.Name,
        Outcome = ConformanceOutcome.Passed,
        Isa = kernel.Isa,
        Rows = matrix.Rows,
        Columns = matrix.Columns,
        Tokens = tokens,
        Values = values,
        Limit = ErrorClass.LimitOf(kernel.Activation),
    };
}
