using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>
/// Cosines and sines of rotary position embedding for the positions of a context, [positions, dimension / 2] each (RoFormer,
/// arXiv 2104.09864). Positions are computed when they are first needed: most texts
/// are far shorter than the contexts of today's models.
/// </summary>
internal sealed unsafe class RopeTable : IDisposable
{
    private readonly NativeBuffer _cosines;
    private readonly NativeBuffer _sines;
    private readonly double[] _frequencies;
    private readonly double _magnitude;

    /// <summary>Allocates the tables.</summary>
    /// <param name="config">Base and scaling.</param>
    /// <param name="dimension">Elements of a head, even.</param>
    /// <param name="positions">Positions of the context.</param>
    public RopeTable(RopeConfig config, int dimension, int positions)
    {
        _frequencies = [.. Enumerable.Range(0, dimension / 2).Select(pair => config.Frequency(pair, dimension))];
        _magnitude = config.Magnitude;
        IsInterleaved = config.Interleaved;
        _cosines = new NativeBuffer((long)positions * _frequencies.Length * sizeof(float));
        _sines = new NativeBuffer((long)positions * _frequencies.Length * sizeof(float));
    }

    /// <summary>Whether neighbours turn, instead of the two halves of a head.</summary>
    public bool IsInterleaved { get; }

    /// <summary>Positions that were computed.</summary>
    public int Filled { get; private set; }

    /// <summary>Computes the tables, in float64, up to a position.</summary>
    /// <param name="positions">Positions that will be read, at most those of the context.</param>
    public void Fill(int positions)
    {
        for (; Filled < positions; Filled++)
        {
            for (int pair = 0; pair < _frequencies.Length; pair++)
            {
                (double sine, double cosine) = Math.SinCos(Filled * _frequencies[pair]);
                Sines(Filled)[pair] = (float)(sine * _magnitude);
                Cosines(Filled)[pair] = (float)(cosine * _magnitude);
            }
        }
    }

    /// <summary>The cosines of a position, [dimension / 2].</summary>
    /// <param name="position">From 0, below what was filled.</param>
    public float* Cosines(int position) => (float*)_cosines.Pointer + ((nint)position * _frequencies.Length);

    /// <summary>The sines of a position, [dimension / 2].</summary>
    /// <param name="position">From 0, below what was filled.</param>
    public float* Sines(int position) => (float*)_sines.Pointer + ((nint)position * _frequencies.Length);

    /// <summary>Turns a query or a key.</summary>
    /// <param name="position">Its position, below what was filled.</param>
    /// <param name="head">[dimension], changed.</param>
    public void Turn(int position, float* head)
    {
        int dimension = 2 * _frequencies.Length;
        if (IsInterleaved) VectorOperations.RotateNeighbours(head, Cosines(position), Sines(position), dimension);
        else VectorOperations.Rotate(head, Cosines(position), Sines(position), dimension);
    }

    /// <summary>Turns by the angles of a position backwards and multiplies by the magnitude, as gradients go back through <see cref="Turn"/>.</summary>
    /// <param name="position">Its position, below what was filled.</param>
    /// <param name="head">[dimension], changed.</param>
    public void TurnBack(int position, float* head)
    {
        int dimension = 2 * _frequencies.Length;
        float* sines = stackalloc float[_frequencies.Length];
        for (int pair = 0; pair < _frequencies.Length; pair++) sines[pair] = -Sines(position)[pair];
        if (IsInterleaved) VectorOperations.RotateNeighbours(head, Cosines(position), sines, dimension);
        else VectorOperations.Rotate(head, Cosines(position), sines, dimension);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cosines.Dispose();
        _sines.Dispose();
    }
}
