namespace Dropwise.ModelFiles;

/// <summary>How rotary position embedding turns a position into angles.</summary>
/// <param name="Theta">The base: dimension pair i of a head of D elements turns by position · theta^(−2i / D).</param>
/// <param name="Scaling">How the frequencies of a model are changed for longer texts, or null where they are as they are.</param>
/// <param name="Interleaved">Whether the elements of a pair are neighbours, as in GGUF files of some architectures, instead of half a head apart.</param>
public sealed record RopeConfig(double Theta, RopeScaling? Scaling, bool Interleaved = false)
{
    /// <summary>What a cosine or sine is multiplied by.</summary>
    public double Magnitude => Scaling?.Magnitude ?? 1;

    /// <summary>The angle by which a pair turns from one position to the next.</summary>
    /// <param name="pair">0 to D / 2 − 1.</param>
    /// <param name="dimension">Elements of a head D.</param>
    public double Frequency(int pair, int dimension)
    {
        double frequency = Math.Pow(Theta, -2.0 * pair / dimension);
        return Scaling?.Scale(frequency, pair, dimension, Theta) ?? frequency;
    }
}

/// <summary>A change of rotary frequencies that lets a model read longer texts than it was first trained for.</summary>
public abstract record RopeScaling
{
    /// <summary>What a cosine or sine is multiplied by.</summary>
    public virtual double Magnitude => 1;

    /// <summary>The changed frequency of a pair.</summary>
    /// <param name="frequency">The frequency as it was, theta^(−2i / D).</param>
    /// <param name="pair">The pair i.</param>
    /// <param name="dimension">Elements of a head D.</param>
    /// <param name="theta">The base.</param>
    public abstract double Scale(double frequency, int pair, int dimension, double theta);
}
