namespace Dropwise.Cpu;

/// <summary>
/// What one kind of kernel reads in place of float32 activations. A form is prepared once for all matrices that share its rotation
/// and codebooks, by all workers of a team, and is stale as soon as the activations change.
/// </summary>
internal abstract unsafe class ActivationForm : IDisposable
{
    /// <summary>
    /// Inputs that a worker prepares at a time: a multiple of every rotation block and of every block that shares a scale.
    /// </summary>
    protected const int ChunkInputs = 256;

    /// <summary>What kernels read it.</summary>
    public abstract ActivationKind Kind { get; }

    /// <summary>The rotation that comes first, or null.</summary>
    public InputTransform? Transform { get; set; }

    /// <summary>The codebooks of product tables; otherwise null.</summary>
    public CodebookSet? Codebooks { get; set; }

    /// <summary>The version of the activations that it is made of.</summary>
    public int Version { get; set; } = -1;

    /// <summary>A form of a kind, sized for the most tokens and inputs.</summary>
    /// <param name="kind">What kernels read.</param>
    /// <param name="x">The activations it will be made of.</param>
    public static ActivationForm Create(ActivationKind kind, Activations x) => kind switch
    {
        ActivationKind.Float32 => new FloatForm(x),
        ActivationKind.Int8 => new ByteForm(x),
        ActivationKind.Int16 => new WordForm(x, isInOrder: false),
        ActivationKind.Int16InOrder => new WordForm(x, isInOrder: true),
        _ => new TableForm(),
    };

    /// <summary>Asks for what a kernel reads, on the calling thread; forms of another version of the activations are asked again.</summary>
    /// <param name="matrix">The matrix that the kernel multiplies.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="x">The activations.</param>
    /// <returns>Whether the form has to be prepared before it serves the kernel.</returns>
    public virtual bool Require(PackedMatrix matrix, KernelEntry kernel, Activations x) => Version != x.Version;

    /// <summary>The inputs that all tokens go through before the next ones; a kernel is called for each such span and token.</summary>
    /// <param name="x">The activations.</param>
    public virtual int SpanOf(Activations x) => int.MaxValue;

    /// <summary>Does a worker's share; all workers call it, and meet at a barrier afterwards.</summary>
    /// <param name="x">The activations.</param>
    /// <param name="worker">The worker.</param>
    /// <param name="team">The team.</param>
    public abstract void Prepare(Activations x, int worker, WorkerTeam team);

    /// <summary>Points a kernel at a token, which for a gemm is the first of several, from the tile's first input on.</summary>
    /// <param name="tile">Receives the addresses.</param>
    /// <param name="x">The activations it was made of.</param>
    /// <param name="token">The token.</param>
    public abstract void Bind(TileArguments* tile, Activations x, int token);

    /// <inheritdoc/>
    public abstract void Dispose();
}
