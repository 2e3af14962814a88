using Dropwise.Cpu;
using Dropwise.Cuda;

namespace Dropwise.Inference.Blocks.Engines.Cuda;

/// <content>Norms, activations and the rows of experts.</content>
public sealed unsafe partial class CudaEngine
{
    // The number of the device code.
    private const int SummedRows = 256;

    /// <inheritdoc/>
    public override void AddColumnSums(FloatView rows, Span<float> sums)
    {
        if (rows.Rows == 0) return;
        int runs = (rows.Rows + SummedRows - 1) / SummedRows, blocks = (rows.Columns + RowThreads - 1) / RowThreads;
        using FloatMemory partial = Allocate((long)runs * rows.Columns), total = Allocate(rows.Columns);
        _module.Kernel("sum_columns").Launch(
            Stream, new LaunchShape(blocks, RowThreads) { BlocksY = runs, Programmatic = false }, Address(rows), rows.RowStride, (nint)partial.Pointer, rows.Rows, rows.Columns);
        Launch("add_partial_sums", blocks, RowThreads, (nint)partial.Pointer, (nint)total.Pointer, runs, rows.Columns);
        var values = new float[rows.Columns];
        Read(total.Pointer, values);
        for (int i = 0; i < values.Length; i++) sums[i] += values[i];
    }

    /// <inheritdoc/>
    public override void Normalize(BlockNorm norm, FloatView x, FloatView y)
    {
        if (x.Rows == 0) return;
        nint weight = Argument<float>(norm.Weights.Weight), bias = norm.Weights.Bias is { } values ? Argument<float>(values) : 0;
        Launch("norm_rows", x.Rows, RowThreads, Address(x), x.RowStride, weight, bias, norm.Epsilon, Address(y), y.RowStride, x.Columns);
    }

    /// <inheritdoc/>
    public override void NormalizeBack(BlockNorm norm, FloatView x, FloatView dy, NormWeights gradient)
    {
        if (x.Rows == 0) return;
        bool isCentred = norm.Weights.Bias is not null;
        using FloatMemory products = Allocate((long)x.Rows * x.Columns), slopes = Allocate(isCentred ? (long)x.Rows * x.Columns : 1);
        Launch(
            "norm_rows_back", x.Rows, RowThreads, Address(x), x.RowStride, Argument<float>(norm.Weights.Weight), norm.Epsilon, Address(dy), dy.RowStride,
            (nint)products.Pointer, isCentred ? (nint)slopes.Pointer : 0, x.Columns);
        AddColumnSums(products.View(x.Rows, x.Columns), gradient.Weight);
        if (isCentred) AddColumnSums(slopes.View(x.Rows, x.Columns), gradient.Bias!);
    }

    /// <inheritdoc/>
    public override void Activate(ActivationFunction function, float* gates, float* ups, float* inner, long count) =>
        LaunchElements("activate_values", count, (int)function, (nint)gates, (nint)ups, (nint)inner, count);

    /// <inheritdoc/>
    public override void ActivateBack(ActivationFunction function, float* gates, float* ups, float* dinner, long count) =>
        LaunchElements("activate_values_back", count, (int)function, (nint)gates, (nint)ups, (nint)dinner, count);

    /// <inheritdoc/>
    public override double Diverge(FloatView model, FloatView reference, float cap, double? factor)
    {
        RequireWhole(model);
        RequireWhole(reference);
        using FloatMemory sums = Allocate(2L * model.Rows);
        var rows = new DivergenceRows
        {
            Model = Address(model),
            Reference = Address(reference),
            Sums = (nint)sums.Pointer,
            Vocabulary = model.Columns,
            Cap = cap,
            Factor = (float)(factor ?? 0),
            WithGradient = factor is null ? 0 : 1,
        };
        LaunchWith("diverge", new LaunchShape(model.Rows, RowThreads), rows);
        var values = new double[model.Rows];
        Read((nint)sums.Pointer, values.AsSpan());
        return values.Sum();
    }

    /// <inheritdoc/>
    public override void Draw(FloatView logits, float cap, ReadOnlySpan<double> points, Span<int> tokens)
    {
        RequireWhole(logits);
        using FloatMemory drawn = Allocate(logits.Rows);
        LaunchWith("draw_rows", new LaunchShape(logits.Rows, RowThreads), new DrawnRows
        {
            Logits = Address(logits),
            Points = Argument(points),
            Tokens = (nint)drawn.Pointer,
            Vocabulary = logits.Columns,
            Cap = cap,
        });
        Read((nint)drawn.Pointer, tokens);
    }

    /// <inheritdoc/>
    public override void Gather(NetworkTokens route, FloatView all, FloatView some, bool weighted)
    {
        if (route.AreAll)
        {
            Copy(all, some);
            return;
        }

        if (some.Rows == 0) return;
        nint tokens = Argument(route.Tokens.AsSpan()), weights = weighted ? Argument(route.Weights.AsSpan()) : 0;
        LaunchElements(
            "gather_rows", (long)some.Rows * some.Columns, Address(all), all.RowStride, tokens, weights, Address(some), some.RowStride, some.Rows, some.Columns);
    }

    /// <inheritdoc/>
    public override void Scatter(NetworkTokens route, FloatView some, FloatView all, bool weighted)
    {
        if (some.Rows == 0) return;
        if (route.AreAll)
        {
            RequireWhole(some);
            RequireWhole(all);
            Add(some.Data, all.Data, (long)some.Rows * some.Columns);
            return;
        }

        nint tokens = Argument(route.Tokens.AsSpan()), weights = weighted ? Argument(route.Weights.AsSpan()) : 0;
        LaunchElements(
            "scatter_rows", (long)some.Rows * some.Columns, Address(some), some.RowStride, tokens, weights, Address(all), all.RowStride, some.Rows, some.Columns);
    }

    /// <inheritdoc/>
    public override void RowProducts(NetworkTokens route, FloatView all, FloatView some, FloatView products)
    {
        if (route.AreAll) throw new ArgumentException("products are with chosen tokens", nameof(route));
        if (some.Rows == 0) return;
        nint tokens = Argument(route.Tokens.AsSpan());
        Launch(
            "row_products", some.Rows, RowThreads, Address(all), all.RowStride, Address(some), some.RowStride, tokens, Address(products), products.RowStride, some.Columns);
    }

    // These kernels go over all elements without looking at rows.
    private static void RequireWhole(FloatView rows)
    {
        if (rows.Rows > 1 && rows.RowStride != rows.Columns) throw new ArgumentException($"rows of {rows.Columns} are {rows.RowStride} apart, and have to follow each other");
    }
}
