using Dropwise.Cpu;
using Dropwise.Cuda;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.EndToEnd.Codes;

namespace Dropwise.Quantization.Tuning;

/// <summary>
/// A matrix of additive codes in training on a CUDA device: what is trained stays on the host, which is small; weights, which are not, never leave the device, and
/// neither do gradients before a step asks for their sums: whoever reads anything waits for all that was asked of the device.
/// </summary>
internal sealed unsafe class CudaTunedMatrix : IDisposable
{
    // Of the device code.
    private const int RowThreads = 256;
    private const int CodewordThreads = 128;

    private readonly CudaEngine _engine;
    private readonly MemoryStack _made;
    private readonly FloatMemory _codebooks;
    private readonly FloatMemory _rowScales;
    private readonly FloatMemory _codes;
    private readonly FloatMemory _order;
    private readonly FloatMemory _starts;
    private readonly FloatMemory _gradients;
    private readonly FloatMemory _products;
    private readonly Dictionary<int, FloatMemory> _codeGradients = [];
    private readonly CodedMatrix _shape;
    private ushort[][]? _uploaded;
    private CodeOrder? _sorted;
    private bool _isSorted;

    /// <summary>Makes room.</summary>
    /// <param name="engine">The device.</param>
    /// <param name="matrix">The matrix, which <see cref="Fits"/>.</param>
    public CudaTunedMatrix(CudaEngine engine, CanonicalMatrix matrix)
    {
        FormatDescriptor format = matrix.Format;
        CodebookSet books = matrix.Codebooks!;
        long codes = (long)books.Count * matrix.Codes[0].Length;
        _engine = engine;
        _made = new MemoryStack(engine);
        _codebooks = _made.Room(books.Values.Length);
        _gradients = _made.Room(books.Values.Length);
        _rowScales = _made.Room(matrix.Rows);
        _products = _made.Room(matrix.Rows);
        _codes = _made.Room((codes + 1) / 2);
        _order = _made.Room(codes);
        _starts = _made.Room((long)books.Count * (books.Codewords + 1));
        _shape = new CodedMatrix
        {
            Codes = (nint)_codes.Pointer,
            Codebooks = (nint)_codebooks.Pointer,
            RowScales = (nint)_rowScales.Pointer,
            Factors = matrix.Transform is null ? 0 : _made.Address(InputTransforms.CopyFactors(matrix.Transform)),
            Order = (nint)_order.Pointer,
            Starts = (nint)_starts.Pointer,
            Gradients = (nint)_gradients.Pointer,
            Rows = matrix.Rows,
            Columns = matrix.Columns,
            Dimension = books.Dimension,
            Codewords = books.Codewords,
            Block = matrix.Transform?.BlockSize ?? 1,
        };
        Clear();
    }

    /// <summary>Whether a matrix can be trained so: others are decoded, and their gradients taken apart, on the host.</summary>
    /// <param name="matrix">The matrix.</param>
    public static bool Fits(CanonicalMatrix matrix) =>
        matrix is { Format.Kind: CodeKind.Additive, Codebooks: { } books, Outliers.Length: 0, GroupScales.Length: 0, Transform: null or { Order: null } }
        && matrix.RowScales.Length == matrix.Rows && books.Dimension is 4 or 8 or 16 or 32;

    /// <summary>Decodes the matrix where its map reads it.</summary>
    /// <param name="matrix">The matrix with its present values.</param>
    /// <param name="level">The level, of the format.</param>
    /// <param name="target">The map, whose weights on the host are left as they are.</param>
    public void Decode(CanonicalMatrix matrix, int level, BlockLinear target)
    {
        Upload(matrix);
        CodedMatrix arguments = At(_engine.ResidentOf(target).Pointer, matrix.Format.CodebooksAt(level));
        Launch("decode_coded", arguments);
    }

    /// <summary>Says that codes have changed where they are.</summary>
    public void CodesChanged() => (_uploaded, _sorted) = (null, null);

    /// <summary>Sorts the runs by their new codes before the device needs them, which other threads may do for other matrices beside it.</summary>
    /// <param name="matrix">The matrix in training, whose codes have changed.</param>
    /// <param name="run">Workers and cancellation.</param>
    public void SortCodes(TunedMatrix matrix, QuantizationRun run)
    {
        if (matrix.CodebookElements > 0) _sorted = new CodeOrder(matrix.Working.Codes, _shape.Codewords, run);
    }

    /// <summary>Takes the gradient of weights apart, and adds it to what <see cref="Complete"/> reads.</summary>
    /// <param name="matrix">The matrix in training, decoded last by <see cref="Decode"/>.</param>
    /// <param name="level">The level that it was decoded at.</param>
    /// <param name="gradient">dL/dW [N, K] on the device; overwritten.</param>
    /// <param name="weights">W [N, K] on the device.</param>
    /// <param name="run">Workers and cancellation.</param>
    public void AddGradient(TunedMatrix matrix, int level, FloatMemory gradient, FloatView weights, QuantizationRun run)
    {
        int codebooks = matrix.Working.Format.CodebooksAt(level);
        _engine.Launch("multiply_rows", _shape.Rows, RowThreads, (nint)gradient.Pointer, (nint)weights.Data, (nint)_products.Pointer, _shape.Columns);
        CodedMatrix arguments = At(gradient.Pointer, codebooks);
        if (_shape.Factors != 0) Launch("rotate_gradient", arguments);
        if (matrix.Codes is not null) AddCodeGradient(level, gradient);
        if (matrix.CodebookElements == 0) return;
        Sort(matrix.Working, run);
        _engine.LaunchWith("sum_codewords", new LaunchShape(_shape.Codewords, CodewordThreads) { BlocksY = codebooks }, arguments);
    }

    /// <summary>Ends a step's sums for row scales and codebooks: they are the matrix's afterwards, and begin anew here.</summary>
    /// <param name="matrix">The matrix in training.</param>
    public void Complete(TunedMatrix matrix)
    {
        var products = new float[_shape.Rows];
        _engine.Read(_products.Pointer, products);
        matrix.AddRowScales(products);
        var codebooks = new float[matrix.CodebookElements];
        if (codebooks.Length > 0) _engine.Read(_gradients.Pointer, codebooks);
        matrix.AddCodebooks(codebooks);
        Clear();
    }

    /// <summary>Ends the sums for codes, which are searched on the host: they are the codes' afterwards, and begin anew here.</summary>
    /// <param name="codes">The matrix's codes in training.</param>
    public void CompleteCodes(ICodeTraining codes)
    {
        foreach ((int level, FloatMemory gradient) in _codeGradients)
        {
            _engine.Read(gradient.Pointer, codes.GradientAt(level));
            _engine.Clear(gradient.Pointer, gradient.Length);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _made.Dispose();

    private void Clear()
    {
        _engine.Clear(_products.Pointer, _products.Length);
        _engine.Clear(_gradients.Pointer, _gradients.Length);
    }

    private void AddCodeGradient(int level, FloatMemory gradient)
    {
        if (!_codeGradients.TryGetValue(level, out FloatMemory? sum))
        {
            _codeGradients.Add(level, sum = _made.Room(gradient.Length));
            _engine.Clear(sum.Pointer, sum.Length);
        }

        _engine.Add(gradient.Pointer, sum.Pointer, gradient.Length);
    }

    private void Upload(CanonicalMatrix matrix)
    {
        _engine.Write(Codebooks.From(matrix.Codebooks!).Values, _codebooks.Pointer);
        _engine.Write(matrix.RowScales, _rowScales.Pointer);
        if (_uploaded is not null && _uploaded.AsSpan().SequenceEqual(matrix.Codes)) return;
        for (int m = 0; m < matrix.Codes.Length; m++)
            _engine.Write<ushort>(matrix.Codes[m], (nint)_codes.Pointer + ((nint)m * matrix.Codes[m].Length * sizeof(ushort)));
        (_uploaded, _isSorted) = ([.. matrix.Codes], false);
    }

    private void Sort(CanonicalMatrix matrix, QuantizationRun run)
    {
        if (_isSorted) return;
        CodeOrder sorted = _sorted ?? new CodeOrder(matrix.Codes, _shape.Codewords, run);
        _sorted = null;
        _engine.Write<int>(sorted.Order, (nint)_order.Pointer);
        _engine.Write<int>(sorted.Starts, (nint)_starts.Pointer);
        _isSorted = true;
    }

    private CodedMatrix At(float* weights, int codebooks) => _shape with { Weights = (nint)weights, Level = codebooks };

    private void Launch(string kernel, in CodedMatrix arguments) => _engine.LaunchWith(kernel, arguments.Chunks, arguments);
}
