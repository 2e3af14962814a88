using Dropwise.Cpu;
using Dropwise.Reference;

namespace Dropwise.Conformance;

/// <summary>Multiplies the activations of one draw with the matrix that is checked.</summary>
/// <param name="x">The activations.</param>
/// <param name="y">Receives [tokens, N] float32.</param>
internal unsafe delegate void DrawProduct(Activations x, float* y);

/// <summary>Activations of one product check with the oracle's answers, drawn once for all kernels of a level.</summary>
internal sealed unsafe class ProductCase : IDisposable
{
    // A norm over too few outputs is a quotient of two small numbers, and one over too few activations is at the mercy of a single
    // outlier: small shapes draw more often.
    private const int LeastOutputs = 128;
    private const int LeastActivations = 8;

    private readonly Activations[] _draws;
    private readonly double[][] _expected;
    private readonly double[][] _magnitudes;
    private readonly int _rows;
    private readonly bool _adversarial;

    /// <summary>Draws activations and multiplies them in float64.</summary>
    /// <param name="oracle">The matrix at the level.</param>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    /// <param name="tokens">Tokens M.</param>
    /// <param name="source">Where values come from.</param>
    public ProductCase(ReferenceProduct oracle, int rows, int columns, int tokens, ValueSource source)
    {
        _rows = rows;
        Tokens = tokens;
        _adversarial = source.Distribution == ValueDistribution.Adversarial;
        int least = _adversarial
            ? ValueSource.AdversarialKinds * Math.Max(LeastActivations / 2, LeastOutputs / rows)
            : Math.Max(LeastActivations, LeastOutputs / rows);
        _draws = new Activations[(least + tokens - 1) / tokens];
        _expected = new double[_draws.Length * tokens][];
        _magnitudes = new double[_expected.Length][];
        for (int i = 0; i < _expected.Length; i++)
        {
            Activations x = _draws[i / tokens] ??= new Activations(tokens, columns);
            var values = new Span<float>(x.Values + ((nint)(i % tokens) * x.Stride), columns);
            source.Activations(values, KindOf(i));
            oracle.Multiply(values, _expected[i] = new double[rows], _magnitudes[i] = new double[rows]);
        }
    }

    /// <summary>Tokens M.</summary>
    public int Tokens { get; }

    /// <summary>The relative error of a kernel over all draws; for adversarial values the worst of their kinds.</summary>
    /// <param name="multiply">Runs the kernel.</param>
    public double ErrorOf(DrawProduct multiply)
    {
        using var output = new NativeBuffer((long)Tokens * _rows * sizeof(float));
        var y = (float*)output.Pointer;

        // Adversarial activations differ by many orders of magnitude: each kind is judged alone.
        var norms = new ErrorNorm[_adversarial ? ValueSource.AdversarialKinds : 1];
        for (int i = 0; i < _expected.Length; i++)
        {
            int token = i % Tokens;
            if (token == 0) multiply(_draws[i / Tokens], y);
            ref ErrorNorm norm = ref norms[_adversarial ? KindOf(i) : 0];
            for (int r = 0; r < _rows; r++)
                norm.Add(y[(token * _rows) + r], _expected[i][r], _adversarial ? _magnitudes[i][r] : _expected[i][r]);
        }

        return norms.Max(static norm => norm.Value);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Activations x in _draws) x.Dispose();
    }

    private static int KindOf(int index) => index % ValueSource.AdversarialKinds;
}
