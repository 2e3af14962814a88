using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Inference.Blocks.Engines.Cuda;

namespace Dropwise.Quantization.Calibration;

/// <summary>Moments on a CUDA device: float32 over some thousand tokens, float64 over those sums, as on the processor.</summary>
/// <param name="engine">The device.</param>
internal sealed unsafe class CudaInputProducts(CudaEngine engine) : IInputProducts
{
    private const int TokensOfFloats = 2048;

    /// <inheritdoc/>
    public IMomentFactors Factors { get; } = new CudaFactors(engine);

    /// <inheritdoc/>
    public double[] Squares(FloatView[] windows, int columns) => Sum(windows, windows, columns, isSymmetric: true);

    /// <inheritdoc/>
    public double[] Cross(FloatView[] left, FloatView[] right, int columns) => Sum(left, right, columns, isSymmetric: false);

    /// <inheritdoc/>
    public float[] Times(FloatMatrix rows, float[] square)
    {
        using FloatMemory left = engine.Allocate(rows.Values.Length), result = engine.Allocate(rows.Values.Length);
        engine.Write(rows.Values, left.Pointer);
        engine.Product(left.View(rows.Rows, rows.Columns), engine.Keep(square).View(rows.Columns, rows.Columns), result.View(rows.Rows, rows.Columns));
        var product = new float[rows.Values.Length];
        engine.Read(result.Pointer, product);
        return product;
    }

    private double[] Sum(FloatView[] left, FloatView[] right, int columns, bool isSymmetric)
    {
        long elements = (long)columns * columns;
        using FloatMemory product = engine.Allocate(elements), doubles = engine.Allocate(2 * elements);
        engine.Clear(doubles.Pointer, doubles.Length);
        int tokens = 0;
        for (int window = 0; window < left.Length; window++)
        {
            // An expert may get no token of a window.
            int count = left[window].Rows;
            if (count > 0) engine.Product(left[window].Transposed, right[window], product.View(columns, columns), accumulate: tokens > 0);
            tokens += count;
            if (tokens == 0 || (tokens < TokensOfFloats && window + 1 < left.Length)) continue;
            engine.AddToDoubles(product.Pointer, (nint)doubles.Pointer, elements);
            tokens = 0;
        }

        // Symmetric to the last bit, which products are not.
        if (isSymmetric) engine.Mirror((nint)doubles.Pointer, columns);
        var sum = new double[elements];
        engine.Read((nint)doubles.Pointer, sum.AsSpan());
        return sum;
    }
}
