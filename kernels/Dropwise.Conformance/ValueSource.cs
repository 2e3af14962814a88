namespace Dropwise.Conformance;

/// <summary>Draws floats of a distribution, the same ones for a seed on every machine.</summary>
/// <param name="distribution">The distribution.</param>
/// <param name="seed">The seed.</param>
internal sealed class ValueSource(ValueDistribution distribution, int seed)
{
    /// <summary>How many kinds of adversarial activations there are; tokens go through them in turn.</summary>
    public const int AdversarialKinds = 7;

    private readonly Random _random = new(seed);

    /// <summary>
    /// Whether adversarial scales stay where every weight and its tenth are normal float16 numbers: for kernels that decode to float16, which a weight
    /// of a larger scale leaves and one of a smaller scale loses its bits in.
    /// </summary>
    public bool WithinHalf { get; init; }

    /// <summary>The distribution.</summary>
    public ValueDistribution Distribution => distribution;

    /// <summary>A normal value of unit scale.</summary>
    public double Normal()
    {
        // Box and Muller; 1 − u is never zero.
        return Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
    }

    /// <summary>An activation of unit scale; adversarial ones have their extremes in <see cref="Activations"/>.</summary>
    private double Next()
    {
        double normal = Normal();
        if (distribution != ValueDistribution.HeavyTailed) return normal;
        double squares = 0;
        for (int i = 0; i < 3; i++) squares += Math.Pow(Normal(), 2);
        return normal / Math.Sqrt(squares / 3);
    }

    /// <summary>An integer in [0, limit); adversarial ones are mostly at the ends.</summary>
    /// <param name="limit">One above the largest.</param>
    public int Integer(int limit)
    {
        int value = _random.Next(limit);
        if (distribution != ValueDistribution.Adversarial) return value;
        return _random.Next(4) switch { 0 => value, 1 => 0, _ => limit - 1 };
    }

    /// <summary>
    /// The index of a codeword in [0, limit). Its ends are only special to addressing, so adversarial ones are a quarter of all: a matrix
    /// that is mostly two codewords would measure how small these two happen to be beside the largest, which 8-bit tables are scaled by.
    /// </summary>
    /// <param name="limit">One above the largest.</param>
    public int Index(int limit)
    {
        int value = _random.Next(limit);
        if (distribution != ValueDistribution.Adversarial) return value;
        return _random.Next(8) switch { 0 => 0, 1 => limit - 1, _ => value };
    }

    /// <summary>A positive scale.</summary>
    public double Scale()
    {
        double scale = 0.01 * Math.Exp(0.5 * Normal());
        if (distribution != ValueDistribution.Adversarial) return scale;

        if (WithinHalf) return _random.Next(4) switch { 0 => 1 / 128.0, 1 => 0.125, 2 => 64, _ => scale };

        // The smallest float16 above zero, the smallest normal one, and a large one.
        return _random.Next(4) switch { 0 => 5.9604645e-08, 1 => 6.1035156e-05, 2 => 1000, _ => scale };
    }

    /// <summary>A sign.</summary>
    public sbyte Sign() => (sbyte)(_random.Next(2) == 0 ? 1 : -1);

    /// <summary>The activations of one token.</summary>
    /// <param name="x">Receives [K] float32.</param>
    /// <param name="token">The token; adversarial tokens differ in kind.</param>
    public void Activations(Span<float> x, int token)
    {
        for (int i = 0; i < x.Length; i++) x[i] = (float)Next();
        if (distribution != ValueDistribution.Adversarial) return;
        int outlier = _random.Next(Math.Min(33, x.Length));
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = (token % AdversarialKinds) switch
            {
                0 => i % 2 == 0 ? 1 : -1,
                1 => i % 33 == outlier ? x[i] * 1e4f : x[i] * 1e-4f,
                2 => 0,
                3 => x[i] * 1e-30f,
                4 => x[i] * 1e20f,
                5 => i == outlier ? 3 : 0,
                _ => 1,
            };
        }
    }
}
