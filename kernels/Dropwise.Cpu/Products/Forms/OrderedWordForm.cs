namespace Dropwise.Cpu;

/// <summary>
/// Activations as int16 in the order of the inputs, with a scale every 32: values [tokens, K padded], scales [tokens, K padded / 32], and sums by 16, the
/// smallest groups of blocks: [tokens, K padded / 16].
/// </summary>
internal sealed unsafe class OrderedWordForm : ChunkedForm
{
    private const int Half = ActivationQuantizer.Block / 2;

    // Kernels load sums a register or two at a time, also of the last blocks of a row; what they do not need is multiplied by zero.
    private const int Slack = 32;

    private readonly NativeBuffer _buffer;
    private readonly short* _values;
    private readonly float* _scales;
    private readonly float* _sums;

    /// <summary>Allocates the form.</summary>
    /// <param name="x">The activations it will be made of.</param>
    public OrderedWordForm(Activations x)
    {
        long elements = (long)x.MaxTokens * x.Stride;
        long blocks = elements / ActivationQuantizer.Block;
        _buffer = new NativeBuffer((elements * sizeof(short)) + (((3 * blocks) + Slack) * sizeof(float)));
        _values = (short*)_buffer.Pointer;
        _scales = (float*)(_values + elements);
        _sums = _scales + blocks;
    }

    /// <inheritdoc/>
    public override ActivationKind Kind => ActivationKind.Int16InOrder;

    /// <inheritdoc/>
    public override void Bind(TileArguments* tile, Activations x, int token)
    {
        nint first = (nint)token * x.Stride;
        tile->Activations = _values + first;
        tile->ActivationScales = _scales + (first / ActivationQuantizer.Block);
        tile->ActivationSums = _sums + (first / Half);
        tile->TokenStride = 1;
    }

    /// <inheritdoc/>
    public override void Dispose() => _buffer.Dispose();

    /// <inheritdoc/>
    protected override void PrepareChunk(Activations x, int token, int first, int count, float* values)
    {
        nint start = ((nint)token * x.Stride) + first;
        for (int i = 0; i < count; i += ActivationQuantizer.Block)
        {
            nint block = (start + i) / ActivationQuantizer.Block;
            ActivationQuantizer.ToOrderedWords(values + i, _values + start + i, _scales + block, _sums + (2 * block));
        }
    }
}
