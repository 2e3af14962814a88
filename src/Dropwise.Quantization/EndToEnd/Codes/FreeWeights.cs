namespace Dropwise.Quantization.EndToEnd.Codes;

/// <summary>
/// The weights U of one matrix and level that follow the gradient of what is represented without having to be representable, with what Adam remembers of it
/// (Kingma and Ba, arXiv 1412.6980). How far they go is not Adam's but the caller's, as LAMB has it (arXiv 1904.00962).
/// </summary>
internal sealed class FreeWeights
{
    // Adam's, of gradients that are a thousandth or so.
    private const float Epsilon = 1e-12f;

    private readonly float[] _squares;
    private readonly float[]? _means;
    private readonly float _first;
    private readonly float _second;
    private double _direction;

    /// <summary>Begins with zeros.</summary>
    /// <param name="size">Weights.</param>
    /// <param name="options">How much of the means is kept.</param>
    public FreeWeights(int size, CodeTuningOptions options)
    {
        (_first, _second) = ((float)options.FirstDecay, (float)options.SecondDecay);
        (Values, Gradient, _squares, _means) = (new float[size], new float[size], new float[size], options.FirstDecay > 0 ? new float[size] : null);
    }

    /// <summary>U.</summary>
    public float[] Values { get; }

    /// <summary>dL/dŴ, added to by others; a step clears it.</summary>
    public float[] Gradient { get; }

    /// <summary>All that a later step depends on beside the gradient.</summary>
    public IEnumerable<float[]> State => _means is null ? [Values, _squares] : [Values, _squares, _means];

    /// <summary>
    /// The mean squared gradient after <see cref="Look"/>. It stands for the curvature of the loss: of a divergence that is ½ ΔᵀFΔ / D the curvature is F / D, and so is, but
    /// for a factor that all levels share, the square of its gradient FΔ / D, because ΔᵀFΔ is D.
    /// </summary>
    public double Curvature { get; private set; }

    /// <summary>Turns the gradient into a direction: its mean over steps, each element in parts of its usual size.</summary>
    /// <param name="number">The number of the step, from 1.</param>
    public void Look(int number)
    {
        float squares = (float)(1 / (1 - Math.Pow(_second, number))), means = (float)(1 / (1 - Math.Pow(_first, number)));
        double direction = 0, sum = 0;
        for (int i = 0; i < Gradient.Length; i++)
        {
            float gradient = Gradient[i];
            _squares[i] = (_second * _squares[i]) + ((1 - _second) * gradient * gradient);
            if (_means is not null) gradient = (_means[i] = (_first * _means[i]) + ((1 - _first) * gradient)) * means;
            Gradient[i] = gradient /= MathF.Sqrt(_squares[i] * squares) + Epsilon;
            direction += (double)gradient * gradient;
            sum += _squares[i];
        }

        (_direction, Curvature) = (direction, sum * squares / Gradient.Length);
    }

    /// <summary>Goes against the direction, and clears the gradient.</summary>
    /// <param name="length">How far all weights go together.</param>
    public void Move(double length)
    {
        float step = _direction == 0 ? 0 : (float)(length / Math.Sqrt(_direction));
        for (int i = 0; i < Values.Length; i++) Values[i] -= step * Gradient[i];
        Array.Clear(Gradient);
    }
}
