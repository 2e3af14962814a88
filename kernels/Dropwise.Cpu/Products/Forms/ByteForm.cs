namespace Dropwise.Cpu;

/// <summary>
/// Activations as int8 with a scale and a sum every 32 inputs: values [blocks, tokens, 32], scales and sums [blocks, tokens]. Tokens lie
/// inside a block, so that a gemm's tokens stream while a block's codes stay in registers; for one token this is [K].
/// </summary>
internal sealed unsafe class ByteForm : ChunkedForm
{
    private readonly NativeBuffer _buffer;
    private readonly sbyte* _values;
    private readonly float* _scales;
    private readonly float* _sums;

    /// <summary>Allocates the form.</summary>
    /// <param name="x">The activations it will be made of.</param>
    public ByteForm(Activations x)
    {
        long elements = (long)x.MaxTokens * x.Stride;
        long blocks = elements / ActivationQuantizer.Block;
        _buffer = new NativeBuffer(elements + (2 * blocks * sizeof(float)));
        _values = (sbyte*)_buffer.Pointer;
        _scales = (float*)(_values + elements);
        _sums = _scales + blocks;
    }

    /// <inheritdoc/>
    public override ActivationKind Kind => ActivationKind.Int8;

    /// <inheritdoc/>
    public override void Bind(TileArguments* tile, Activations x, int token)
    {
        tile->Activations = _values + (token * ActivationQuantizer.Block);
        tile->ActivationScales = _scales + token;
        tile->ActivationSums = _sums + token;
        tile->TokenStride = x.Tokens;
    }

    /// <inheritdoc/>
    public override void Dispose() => _buffer.Dispose();

    /// <inheritdoc/>
    protected override void PrepareChunk(Activations x, int token, int first, int count, float* values)
    {
        for (int i = 0; i < count; i += ActivationQuantizer.Block)
        {
            nint block = ((nint)((first + i) / ActivationQuantizer.Block) * x.Tokens) + token;
            ActivationQuantizer.ToBytes(values + i, _values + (block * ActivationQuantizer.Block), _scales + block, _sums + block);
        }
    }
}
