namespace Dropwise.Cpu;

/// <summary>
/// The inputs of matrix products: float32 values that a caller writes, and the forms that kernels want instead (rotated, quantized,
/// product tables), which are made at the first product that needs them and kept until the values change.
/// </summary>
public sealed unsafe class Activations : IDisposable
{
    private readonly NativeBuffer _values;
    private readonly List<ActivationForm> _forms = [];
    private int _version;

    /// <summary>Allocates room for a number of tokens.</summary>
    /// <param name="maxTokens">The most tokens of a product, at least 1.</param>
    /// <param name="maxColumns">The most inputs K of a product, at least 1.</param>
    public Activations(int maxTokens, int maxColumns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxColumns, 1);
        MaxTokens = maxTokens;
        MaxColumns = maxColumns;
        Stride = PaddedColumns(maxColumns);
        _values = new NativeBuffer((long)maxTokens * Stride * sizeof(float));
        Values = (float*)_values.Pointer;
        Tokens = maxTokens;
        Columns = maxColumns;
    }

    /// <summary>The most tokens of a product.</summary>
    public int MaxTokens { get; }

    /// <summary>The most inputs of a product.</summary>
    public int MaxColumns { get; }

    /// <summary>Where the caller writes: [tokens, K] float32 with <see cref="Stride"/> elements from one token to the next, 64-byte aligned.</summary>
    public float* Values { get; }

    /// <summary>Elements from one token's values to the next: <see cref="MaxColumns"/> padded to a vector.</summary>
    public int Stride { get; }

    /// <summary>Tokens M of the values at hand.</summary>
    public int Tokens { get; private set; }

    /// <summary>Inputs K of the values at hand.</summary>
    public int Columns { get; private set; }

    /// <summary>Grows with every change of the values.</summary>
    internal int Version => _version;

    /// <summary>The products of the region that is being prepared; kept here so that a call allocates nothing.</summary>
    internal TileTaskList Tasks { get; } = new();

    /// <summary>Says that the values were written: forms made of earlier ones are stale.</summary>
    public void Changed() => _version++;

    /// <summary>Says that the values were written, in another shape.</summary>
    /// <param name="tokens">Tokens M, at most <see cref="MaxTokens"/>.</param>
    /// <param name="columns">Inputs K, at most <see cref="MaxColumns"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The shape does not fit.</exception>
    public void Changed(int tokens, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, MaxTokens);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, MaxColumns);
        Tokens = tokens;
        Columns = columns;
        _version++;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _values.Dispose();
        foreach (ActivationForm form in _forms) form.Dispose();
    }

    /// <summary>Inputs padded to whole blocks of 32, the unit of kernels.</summary>
    /// <param name="columns">Inputs K.</param>
    internal static int PaddedColumns(int columns) => (columns + 31) & ~31;

    /// <summary>What a kernel of a matrix reads: a form that is current or will be in this region.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="kernel">The kernel.</param>
    internal ActivationForm Form(PackedMatrix matrix, KernelEntry kernel)
    {
        CodebookSet? codebooks = kernel.Activation == ActivationKind.ProductTable ? matrix.Codebooks : null;
        ActivationForm form = Form(kernel.Activation, matrix.Transform, codebooks);
        bool stale = form.Require(matrix, kernel, this);
        form.Version = _version;
        if (stale && !Tasks.Forms.Contains(form)) Tasks.Pending(form);
        return form;
    }

    /// <summary>The rotated values, which will be current after this region.</summary>
    /// <param name="transform">The rotation.</param>
    internal FloatForm Rotated(InputTransform transform)
    {
        var form = (FloatForm)Form(ActivationKind.Float32, transform, null);
        if (form.Version == _version) return form;
        form.Version = _version;
        Tasks.Pending(form);
        return form;
    }

    /// <summary>
    /// The values of a run of inputs, rotated where asked: the values themselves, or V·x in scratch memory.
    /// </summary>
    /// <param name="transform">The rotation, or null.</param>
    /// <param name="token">The token.</param>
    /// <param name="first">The first input, a multiple of 256, so that no rotation block is cut.</param>
    /// <param name="count">Inputs, a multiple of 256 or up to the end of the row.</param>
    /// <param name="scratch">Room for [count] float32.</param>
    internal float* Run(InputTransform? transform, int token, int first, int count, float* scratch)
    {
        float* row = Values + ((nint)token * Stride);
        if (transform is null) return row + first;
        InputTransforms.Run(transform, row, scratch, first, count);
        return scratch;
    }

    /// <summary>
    /// The form of a kind for a rotation and codebooks: one that is current, or a stale one of the kind to be prepared again, or a new one.
    /// </summary>
    private ActivationForm Form(ActivationKind kind, InputTransform? transform, CodebookSet? codebooks)
    {
        ActivationForm? stale = null;
        foreach (ActivationForm form in _forms)
        {
            if (form.Kind != kind) continue;
            if (form.Version != _version) stale = form;
            else if (ReferenceEquals(form.Transform, transform) && ReferenceEquals(form.Codebooks, codebooks)) return form;
        }

        if (stale is null)
        {
            stale = ActivationForm.Create(kind, this);
            _forms.Add(stale);
        }

        stale.Transform = transform;
        stale.Codebooks = codebooks;
        return stale;
    }
}
