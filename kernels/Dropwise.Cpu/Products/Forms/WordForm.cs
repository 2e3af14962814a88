namespace Dropwise.Cpu;

/// <summary>
/// Activations as int16 with a scale every 32 inputs: values [tokens, K padded], scales [tokens, K padded / 32], and sums of runs of inputs. Packed codes take each
/// four inputs in the order 0, 2, 1, 3, so that the even and the odd bytes of a dword of codes each meet one dword of activations, and sums by 32;
/// blocks take inputs in their order, and sums by 16, their smallest groups.
/// </summary>
internal sealed unsafe class WordForm : ChunkedForm
{
    // Kernels load sums a register or two at a time, also of the last blocks of a row; what they do not need is multiplied by zero.
    private const int Slack = 32;

    private readonly bool _isInOrder;
    private readonly int _sumsOfBlock;
    private readonly NativeBuffer _buffer;
    private readonly short* _values;
    private readonly float* _scales;
    private readonly float* _sums;

    /// <summary>Allocates the form.</summary>
    /// <param name="x">The activations it will be made of.</param>
    /// <param name="isInOrder">Whether inputs keep their order, with sums by 16.</param>
    public WordForm(Activations x, bool isInOrder)
    {
        _isInOrder = isInOrder;
        _sumsOfBlock = isInOrder ? 2 : 1;
        long elements = (long)x.MaxTokens * x.Stride;
        long blocks = elements / ActivationQuantizer.Block;
        _buffer = new NativeBuffer((elements * sizeof(short)) + ((((1 + _sumsOfBlock) * blocks) + Slack) * sizeof(float)));
        _values = (short*)_buffer.Pointer;
        _scales = (float*)(_values + elements);
        _sums = _scales + blocks;
    }

    /// <inheritdoc/>
    public override ActivationKind Kind => _isInOrder ? ActivationKind.Int16InOrder : ActivationKind.Int16;

    /// <inheritdoc/>
    public override void Bind(TileArguments* tile, Activations x, int token)
    {
        nint first = (nint)token * x.Stride, block = first / ActivationQuantizer.Block;
        tile->Activations = _values + first;
        tile->ActivationScales = _scales + block;
        tile->ActivationSums = _sums + (_sumsOfBlock * block);
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
            float* sums = _sums + (_sumsOfBlock * block);
            if (_isInOrder) ActivationQuantizer.ToOrderedWords(values + i, _values + start + i, _scales + block, sums);
            else ActivationQuantizer.ToWords(values + i, _values + start + i, _scales + block, sums);
        }
    }
}
