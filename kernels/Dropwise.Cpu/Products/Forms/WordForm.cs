namespace Dropwise.Cpu;

/// <summary>
/// Activations as int16 with a scale and a sum every 32 inputs: values [tokens, K padded], each four inputs in the order 0, 2, 1, 3, so
/// that the even and the odd bytes of a dword of codes each meet one dword of activations.
/// </summary>
internal sealed unsafe class WordForm : ChunkedForm
{
    private readonly NativeBuffer _buffer;
    private readonly short* _values;
    private readonly float* _scales;
    private readonly float* _sums;

    /// <summary>Allocates the form.</summary>
    /// <param name="x">The activations it will be made of.</param>
    public WordForm(Activations x)
    {
        long elements = (long)x.MaxTokens * x.Stride;
        long blocks = elements / ActivationQuantizer.Block;
        _buffer = new NativeBuffer((elements * sizeof(short)) + (2 * blocks * sizeof(float)));
        _values = (short*)_buffer.Pointer;
        _scales = (float*)(_values + elements);
        _sums = _scales + blocks;
    }

    /// <inheritdoc/>
    public override ActivationKind Kind => ActivationKind.Int16;

    /// <inheritdoc/>
    public override void Bind(TileArguments* tile, Activations x, int token)
    {
        nint first = (nint)token * x.Stride;
        tile->Activations = _values + first;
        tile->ActivationScales = _scales + (first / ActivationQuantizer.Block);
        tile->ActivationSums = _sums + (first / ActivationQuantizer.Block);
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
            ActivationQuantizer.ToWords(values + i, _values + start + i, _scales + block, _sums + block);
        }
    }
}
