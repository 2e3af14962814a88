using Dropwise.Cuda;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>The gradient on a CUDA device: one product a level for all rows, and sums by codeword in the order of runs, so that they are the same each time.</summary>
internal sealed unsafe class CudaCodebookGradient : ICodebookGradient
{
    // Of the device code.
    private const int CodewordThreads = 128;

    private readonly CudaEngine _engine;
    private readonly MomentsLevel[] _levels;
    private readonly AdditiveCodes _codes;
    private readonly DeviceCodedRows _rows;
    private readonly FloatMemory _products;
    private readonly FloatMemory _values;
    private readonly FloatMemory _squares;
    private readonly FloatMemory _gradients;
    private readonly CodedMatrix _sums;

    /// <summary>Copies everything to the device.</summary>
    /// <param name="engine">The device.</param>
    /// <param name="levels">The levels, ascending.</param>
    /// <param name="codes">The codes, whose codebooks <see cref="Fits"/>.</param>
    /// <param name="run">Workers and cancellation.</param>
    public CudaCodebookGradient(CudaEngine engine, MomentsLevel[] levels, AdditiveCodes codes, QuantizationRun run)
    {
        (_engine, _levels, _codes) = (engine, levels, codes);
        _rows = new DeviceCodedRows(engine, levels, codes);
        MemoryStack made = _rows.Made;
        _products = made.Room(_rows.Elements);
        _values = made.Room(codes.Codebooks.Values.Length);
        _gradients = made.Room(codes.Codebooks.Values.Length);
        var squares = new float[codes.Rows];
        for (int row = 0; row < squares.Length; row++) squares[row] = codes.Scales[row] * codes.Scales[row];
        _squares = made.Copy(squares);
        var ones = new float[codes.Rows];
        Array.Fill(ones, 1);
        var order = new CodeOrder(codes.Codes, codes.Codebooks.Codewords, run);
        FloatMemory places = made.Room(order.Order.Length), starts = made.Room(order.Starts.Length);
        engine.Write<int>(order.Order, (nint)places.Pointer);
        engine.Write<int>(order.Starts, (nint)starts.Pointer);
        _sums = new CodedMatrix
        {
            Weights = (nint)_rows.Sums.Pointer,
            RowScales = made.Address(ones),
            Order = (nint)places.Pointer,
            Starts = (nint)starts.Pointer,
            Gradients = (nint)_gradients.Pointer,
            Rows = codes.Rows,
            Columns = codes.Columns,
            Dimension = codes.Codebooks.Dimension,
            Codewords = codes.Codebooks.Codewords,
        };
    }

    /// <summary>Whether codewords can be summed so: the threads of a block share their elements evenly.</summary>
    /// <param name="codebooks">The codebooks.</param>
    public static bool Fits(Codebooks codebooks) => CodewordThreads % codebooks.Dimension == 0;

    /// <inheritdoc/>
    public double Error()
    {
        _rows.WriteCodebooks();
        double error = 0;
        for (int l = 0; l < _levels.Length; l++) error += _levels[l].Weight * _rows.ErrorOf(l, _levels[l].Codebooks, _products);
        return error;
    }

    /// <inheritdoc/>
    public void Fill(float[] gradient)
    {
        _rows.WriteCodebooks();
        Sum(gradient, level =>
        {
            _rows.FindErrors(level, _levels[level].Codebooks);
            AddProducts(level);
        });
    }

    /// <inheritdoc/>
    public void Multiply(Codebooks change, float[] product)
    {
        _engine.Write(change.Values, _values.Pointer);
        Sum(product, level =>
        {
            _rows.Decode(_levels[level].Codebooks, _rows.Errors, _values);
            AddProducts(level);
        });
    }

    /// <inheritdoc/>
    public void Diagonal(float[] diagonal)
    {
        using var made = new MemoryStack(_engine);
        int columns = _codes.Columns;
        FloatMemory own = made.Room(columns);
        Sum(diagonal, level =>
        {
            var values = new float[columns];
            for (int k = 0; k < columns; k++) values[k] = _levels[level].Moments[((long)k * columns) + k];
            _engine.Write(values, own.Pointer);
            Add("add_outer_products", own, level);
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();

    private void AddProducts(int level)
    {
        _rows.Multiply(_rows.Errors, level, _products);
        Add("add_scaled_rows", _products, level);
    }

    private void Add(string kernel, FloatMemory values, int level) => _engine.LaunchElements(
        kernel, _rows.Elements, (nint)values.Pointer, (nint)_squares.Pointer, _levels[level].Weight, (nint)_rows.Sums.Pointer, _rows.Elements, _codes.Columns);

    // From the last codebook down: a codebook has a part in its own level and in those above it.
    private void Sum(float[] total, Action<int> addLevel)
    {
        _engine.Clear(_rows.Sums.Pointer, _rows.Elements);
        _engine.Clear(_gradients.Pointer, _gradients.Length);
        int runs = _codes.Codes[0].Length, size = _sums.Codewords * _sums.Dimension;
        for (int m = _codes.Codebooks.Count - 1; m >= 0; m--)
        {
            int level = m - (_codes.Codebooks.Count - _levels.Length);
            if (level >= 0 && _levels[level].Weight > 0) addLevel(level);
            CodedMatrix book = _sums with
            {
                Order = _sums.Order + ((nint)m * runs * sizeof(int)),
                Starts = _sums.Starts + ((nint)m * (_sums.Codewords + 1) * sizeof(int)),
                Gradients = _sums.Gradients + ((nint)m * size * sizeof(float)),
            };
            _engine.LaunchWith("sum_codewords", new LaunchShape(_sums.Codewords, CodewordThreads), book);
        }

        _engine.Read(_gradients.Pointer, total);
    }
}
