namespace Dropwise.Cuda;

/// <summary>
/// Device memory for the forms of one input: whichever kernel makes the input writes one of them, and products read it. Memory is sized
/// once, so that a captured graph can go on using it.
/// </summary>
public sealed class DeviceActivations : IDisposable
{
    /// <summary>Tokens up to which products read <see cref="ActivationFormKind.Split16"/>: with more, decoding weights to halves once is cheaper.</summary>
    public const int MaxSplitTokens = 16;

    // The fewest inputs of a sum, which bounds how many there are: runs are whole steps of 32, and smaller groups are summed by their own kernels.
    private const int MinimumSumRun = 32;
    private const int SliceInputs = 512;

    private readonly ResourceStack _made = new();
    private readonly int _maxFloatTokens;
    private readonly DeviceBuffer _split;
    private readonly DeviceBuffer _splitScales;
    private readonly DeviceBuffer _sums;
    private readonly DeviceBuffer _float;
    private readonly DeviceBuffer _half;
    private readonly DeviceBuffer _halfScales;

    /// <summary>Allocates.</summary>
    /// <param name="context">The context.</param>
    /// <param name="maxTokens">The most tokens of a product.</param>
    /// <param name="maxColumns">The most inputs K of a product.</param>
    /// <param name="manyFloats">Whether <see cref="ActivationFormKind.Float32"/> holds all tokens, for float32 matrices, instead of those of a gemv.</param>
    public DeviceActivations(CudaContext context, int maxTokens, int maxColumns, bool manyFloats = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxColumns, 1);
        MaxTokens = maxTokens;
        MaxColumns = maxColumns;
        _maxFloatTokens = manyFloats ? maxTokens : Math.Min(maxTokens, MaxSplitTokens);
        long padded = PaddedColumns(maxColumns), few = Math.Min(maxTokens, MaxSplitTokens);
        DeviceBuffer Allocate(long bytes) => _made.Add(new DeviceBuffer(context, bytes));
        try
        {
            _split = Allocate(2 * few * padded);
            _splitScales = Allocate(few * (padded / SliceInputs) * sizeof(float));
            _sums = Allocate(padded / MinimumSumRun * few * sizeof(int));
            _float = Allocate(_maxFloatTokens * padded * sizeof(float));

            // Halves lie in slabs of whole groups of eight tokens (half_index in the device prelude). One token may want them too: cuBLAS reads
            // bfloat16 rows of any number of tokens. Rows of halves have two scales, however few tokens.
            _half = Allocate((maxTokens + 7L) / 8 * 8 * padded * 2);
            _halfScales = Allocate(Math.Max(2L, maxTokens) * sizeof(float));
        }
        catch
        {
            _made.Dispose();
            throw;
        }
    }

    /// <summary>The most tokens of a product.</summary>
    public int MaxTokens { get; }

    /// <summary>The most inputs of a product.</summary>
    public int MaxColumns { get; }

    /// <summary>K rounded up to whole jobs, as kernels count inputs.</summary>
    /// <param name="columns">Inputs K.</param>
    public static int PaddedColumns(int columns) => (columns + SliceInputs - 1) / SliceInputs * SliceInputs;

    /// <summary>The form that products with a quantized matrix read.</summary>
    /// <param name="tokens">Tokens M.</param>
    public static ActivationFormKind KindFor(int tokens) => tokens <= MaxSplitTokens ? ActivationFormKind.Split16 : ActivationFormKind.Half;

    /// <summary>The form that products with a matrix read, to be made by a kernel and then given to <see cref="DeviceProducts.Multiply"/>.</summary>
    /// <param name="matrix">The matrix, or any that shares input and format with it.</param>
    /// <param name="tokens">Tokens M, at most <see cref="MaxTokens"/>.</param>
    /// <param name="kind">The form; null for <see cref="KindFor"/>, <see cref="ActivationFormKind.HalfRows"/> for products through cuBLAS.</param>
    public ActivationFormArguments FormFor(DeviceMatrix matrix, int tokens, ActivationFormKind? kind = null) =>
        Form(kind ?? KindFor(tokens), tokens, matrix.Columns, matrix.Program.SumRun, matrix.Rotation);

    /// <summary>A form in this memory.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="tokens">Tokens M, at most <see cref="MaxTokens"/>.</param>
    /// <param name="columns">Inputs K, at most <see cref="MaxColumns"/>.</param>
    /// <param name="sumRun">Split16: inputs of a sum, 0 where nothing reads sums.</param>
    /// <param name="rotation">The rotation to put the input through first, or null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The shape does not fit.</exception>
    public ActivationFormArguments Form(ActivationFormKind kind, int tokens, int columns, int sumRun, DeviceRotation? rotation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        int most = kind switch
        {
            ActivationFormKind.Split16 => Math.Min(MaxTokens, MaxSplitTokens),
            ActivationFormKind.Float32 => _maxFloatTokens,
            _ => MaxTokens,
        };
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, most);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, MaxColumns);
        if (sumRun != 0) ArgumentOutOfRangeException.ThrowIfLessThan(sumRun, MinimumSumRun);
        return new ActivationFormArguments
        {
            Signs = rotation?.Signs.Pointer ?? 0,
            X = _split.Pointer,
            XScales = _splitScales.Pointer,
            XSums = _sums.Pointer,
            XHalf = _half.Pointer,
            XHalfScales = _halfScales.Pointer,
            XFloat = _float.Pointer,
            Kind = kind,
            RotationBlock = rotation?.Block ?? 1,
            Columns = columns,
            PaddedColumns = PaddedColumns(columns),
            SumRun = sumRun,
            Tokens = tokens,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _made.Dispose();
}
