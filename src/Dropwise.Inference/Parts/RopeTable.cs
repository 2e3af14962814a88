using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>
/// Cosines and sines of rotary position embedding for every position of a context, [positions, dimension / 2] each (RoFormer,
/// arXiv 2104.09864; pairs lie half a head apart, as in Hugging Face models).
/// </summary>
internal sealed unsafe class RopeTable : IDisposable
{
    private readonly NativeBuffer _cosines;
    private readonly NativeBuffer _sines;
    private readonly int _half;

    /// <summary>Computes the tables in float64.</summary>
    /// <param name="config">Base and scaling.</param>
    /// <param name="dimension">Elements of a head, even.</param>
    /// <param name="positions">Positions of the context.</param>
    public RopeTable(RopeConfig config, int dimension, int positions)
    {
        _half = dimension / 2;
        _cosines = new NativeBuffer((long)positions * _half * sizeof(float));
        _sines = new NativeBuffer((long)positions * _half * sizeof(float));
        for (int i = 0; i < _half; i++)
        {
            double frequency = Frequency(config, i, dimension);
            for (int position = 0; position < positions; position++)
            {
                (double sine, double cosine) = Math.SinCos(position * frequency);
                Sines(position)[i] = (float)sine;
                Cosines(position)[i] = (float)cosine;
            }
        }
    }

    /// <summary>The cosines of a position, [dimension / 2].</summary>
    /// <param name="position">From 0.</param>
    public float* Cosines(int position) => (float*)_cosines.Pointer + ((nint)position * _half);

    /// <summary>The sines of a position, [dimension / 2].</summary>
    /// <param name="position">From 0.</param>
    public float* Sines(int position) => (float*)_sines.Pointer + ((nint)position * _half);

    /// <inheritdoc/>
    public void Dispose()
    {
        _cosines.Dispose();
        _sines.Dispose();
    }

    private static double Frequency(RopeConfig config, int pair, int dimension)
    {
        double frequency = Math.Pow(config.Theta, -2.0 * pair / dimension);
        if (config.Scaling is not { } scaling) return frequency;

        // How many whole turns the pair makes over the positions that the model was first trained for decides how much it is stretched.
        double turns = scaling.OriginalPositions * frequency / (2 * Math.PI);
        double kept = Math.Clamp((turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor), 0, 1);
        return ((1 - kept) * frequency / scaling.Factor) + (kept * frequency);
    }
}
