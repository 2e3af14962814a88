using Dropwise.Cpu;

namespace Dropwise.Inference;

/// <summary>The root-mean-square norm of one site, y = x · w / √(mean(x²) + ε).</summary>
internal sealed unsafe class RmsNorm : IDisposable
{
    private readonly NativeBuffer _weight;
    private readonly int _size;
    private readonly float _epsilon;

    /// <summary>Creates a norm.</summary>
    /// <param name="weight">w, [hidden].</param>
    /// <param name="epsilon">ε.</param>
    public RmsNorm(ReadOnlySpan<float> weight, double epsilon)
    {
        _size = weight.Length;
        _epsilon = (float)epsilon;
        _weight = new NativeBuffer((long)_size * sizeof(float));
        weight.CopyTo(new Span<float>(_weight.Pointer, _size));
    }

    /// <summary>Normalizes tokens into the input of a product.</summary>
    /// <param name="team">The workers.</param>
    /// <param name="x">[tokens, hidden].</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="y">Receives the tokens.</param>
    public void Apply(WorkerTeam team, float* x, int tokens, Activations y)
    {
        TokenRegion.Run(team, tokens, _size, new Operation(this, x, y.Values, y.Stride));
        y.Changed(tokens, _size);
    }

    /// <inheritdoc/>
    public void Dispose() => _weight.Dispose();

    private readonly struct Operation(RmsNorm norm, float* x, float* y, int stride) : ITokenOperation
    {
        public void Apply(int token) =>
            VectorOperations.RmsNorm(
                x + ((nint)token * norm._size), (float*)norm._weight.Pointer, norm._epsilon, y + ((nint)token * stride), norm._size);
    }
}
