namespace Dropwise.Cpu;

/// <summary>
/// Product tables of 8-bit entries: for each token, codebook and chunk of 64 runs a header (scales, order of the runs) and the runs'
/// tables. The builders are generated with the format; a form holds as many codebooks as the highest level asked of it.
/// </summary>
internal sealed unsafe class TableForm : ActivationForm
{
    private NativeBuffer? _tables;
    private PreparedCodebooks? _codebooks;
    private KernelEntry? _builder;
    private int _depth;
    private int _chunkInputs;
    private int _chunkBytes;
    private int _chunks;

    /// <inheritdoc/>
    public override ActivationKind Kind => ActivationKind.ProductTable;

    /// <inheritdoc/>
    /// <remarks>Several tokens go through the codes chunk by chunk, so that a chunk's codes and tables stay in the cache for all of them.</remarks>
    public override int SpanOf(Activations x) => x.Tokens == 1 ? int.MaxValue : _chunkInputs;

    /// <inheritdoc/>
    public override bool Require(PackedMatrix matrix, KernelEntry kernel, Activations x)
    {
        FormatDescriptor format = matrix.Format.Descriptor;
        int depth = format.CodebooksAt(kernel.Level);
        if (Version == x.Version && depth <= _depth) return false;
        _builder = matrix.Format.Find(KernelOp.Tables, 1, kernel.Isa)
            ?? throw new ArgumentException($"{format.Name} has no builder of product tables for {CpuFeatures.NameOf(kernel.Isa)}", nameof(matrix));
        _codebooks = matrix.PreparedCodebooks;
        _depth = depth;
        _chunkInputs = TableOrder.Runs * format.Dimension;
        _chunkBytes = TableOrder.HeaderBytes + (TableOrder.Runs * format.CodeCount);
        _chunks = (x.Columns + _chunkInputs - 1) / _chunkInputs;
        long bytes = (long)x.Tokens * _depth * _chunks * _chunkBytes;
        if (_tables is not null && _tables.ByteLength >= bytes) return true;
        _tables?.Dispose();
        _tables = new NativeBuffer(bytes);
        return true;
    }

    /// <inheritdoc/>
    public override void Prepare(Activations x, int worker, WorkerTeam team)
    {
        // A chunk's codebooks are consecutive items, so that a worker rotates the chunk once.
        (int start, int end) = team.Share(x.Tokens * _chunks * _depth, worker);
        float* scratch = stackalloc float[_chunkInputs];
        float* values = null;
        for (int i = start; i < end; i++)
        {
            int codebook = i % _depth;
            int chunk = i / _depth % _chunks;
            int token = i / _depth / _chunks;
            int first = chunk * _chunkInputs;
            int count = Math.Min(_chunkInputs, x.Columns - first);
            if (values is null || codebook == 0) values = x.Run(Transform, token, first, count, scratch);
            var tile = new TileArguments
            {
                Codebooks = _codebooks!.Words(_builder!.Isa, codebook),
                Activations = values,
                Inputs = count,
                Output = (float*)(Tables(token, codebook) + ((nint)chunk * _chunkBytes)),
            };
            _builder.Function(&tile);
        }
    }

    /// <inheritdoc/>
    public override void Bind(TileArguments* tile, Activations x, int token)
    {
        tile->Activations = Tables(token, 0) + ((nint)(tile->FirstInput / _chunkInputs) * _chunkBytes);
        tile->CodebookStride = (nint)_chunks * _chunkBytes;
    }

    /// <inheritdoc/>
    public override void Dispose() => _tables?.Dispose();

    private byte* Tables(int token, int codebook) => _tables!.Pointer + ((((nint)token * _depth) + codebook) * _chunks * _chunkBytes);
}
