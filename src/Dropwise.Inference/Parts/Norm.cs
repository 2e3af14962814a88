using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>The norm of one site, of either kind.</summary>
internal sealed unsafe class Norm
{
    private readonly PinnedVector _weight;
    private readonly PinnedVector? _bias;
    private readonly float _epsilon;

    /// <summary>Creates a norm; one with a bias subtracts the mean first.</summary>
    /// <param name="weights">Its parameters.</param>
    /// <param name="config">The norms of the model.</param>
    public Norm(NormWeights weights, NormConfig config)
    {
        _weight = new PinnedVector(weights.Weight);
        _bias = PinnedVector.OrNull(weights.Bias);
        _epsilon = (float)config.Epsilon;
    }

    /// <summary>A norm that may be absent.</summary>
    /// <param name="weights">Its parameters, or null.</param>
    /// <param name="config">The norms of the model.</param>
    public static Norm? OrNull(NormWeights? weights, NormConfig config) => weights is null ? null : new Norm(weights, config);

    /// <summary>Normalizes tokens into the input of a product.</summary>
    /// <param name="team">The workers.</param>
    /// <param name="x">[tokens, elements].</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="y">Receives the tokens.</param>
    public void Apply(WorkerTeam team, float* x, int tokens, Activations y)
    {
        TokenRegion.Run(team, tokens, _weight.Length, new Operation(this, x, y.Values, y.Stride));
        y.Changed(tokens, _weight.Length);
    }

    /// <summary>Normalizes tokens where they are.</summary>
    /// <param name="team">The workers.</param>
    /// <param name="x">[tokens, elements], changed.</param>
    /// <param name="tokens">Tokens.</param>
    public void Apply(WorkerTeam team, float* x, int tokens) => TokenRegion.Run(team, tokens, _weight.Length, new Operation(this, x, x, _weight.Length));

    /// <summary>Normalizes one vector.</summary>
    /// <param name="x">[elements].</param>
    /// <param name="y">Receives [elements]; may be <paramref name="x"/>.</param>
    public void Apply(float* x, float* y)
    {
        if (_bias is null) NormOperations.RmsNorm(x, _weight.Pointer, _epsilon, y, _weight.Length);
        else NormOperations.LayerNorm(x, _weight.Pointer, _bias.Pointer, _epsilon, y, _weight.Length);
    }

    private readonly struct Operation(Norm norm, float* x, float* y, int stride) : ITokenOperation
    {
        public void Apply(int token) => norm.Apply(x + ((nint)token * norm._weight.Length), y + ((nint)token * stride));
    }
}
