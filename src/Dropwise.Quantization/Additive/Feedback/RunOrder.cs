using System.Collections.Immutable;
using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Additive.Feedback;

/// <summary>
/// The order in which error feedback settles the runs of inputs that share codes: those of much energy first, because the errors of what is settled first can be made up
/// for by all others (GPTQ's act-order, for runs). A code stands at its run's place whenever it was found, so nothing of the order has to be stored.
/// </summary>
internal sealed class RunOrder
{
    private readonly int[] _runs;
    private readonly int _dimension;

    private RunOrder(int[] runs, int dimension) => (_runs, _dimension) = (runs, dimension);

    /// <summary>Orders runs by the diagonals of the levels' moments, each level in parts of its own sum; equals as they are stored.</summary>
    /// <param name="targets">The levels.</param>
    /// <param name="dimension">Inputs of a run; divides K.</param>
    public static RunOrder ByEnergy(ImmutableArray<LevelTarget> targets, int dimension)
    {
        int columns = targets[^1].Weights.Columns;
        var energies = new double[columns / dimension];
        foreach (LevelTarget target in targets)
        {
            double[] moments = target.Moments.Hessian;
            double sum = 0;
            for (int i = 0; i < columns; i++) sum += moments[((long)i * columns) + i];
            if (sum == 0) continue;
            for (int i = 0; i < columns; i++) energies[i / dimension] += moments[((long)i * columns) + i] / sum;
        }

        int[] runs = [.. Enumerable.Range(0, energies.Length)];
        Array.Sort(runs, (a, b) => energies[a] == energies[b] ? a.CompareTo(b) : energies[b].CompareTo(energies[a]));
        return new RunOrder(runs, dimension);
    }

    /// <summary>Targets and moments with their inputs in this order.</summary>
    /// <param name="targets">The levels.</param>
    public ImmutableArray<LevelTarget> Apply(ImmutableArray<LevelTarget> targets)
    {
        int[] inputs = [.. _runs.SelectMany(run => Enumerable.Range(run * _dimension, _dimension))];
        var weights = new Dictionary<FloatMatrix, FloatMatrix>(ReferenceEqualityComparer.Instance);
        return [.. targets.Select(target =>
        {
            // Levels that no stream runs at share their weights with the next one.
            if (!weights.TryGetValue(target.Weights, out FloatMatrix? ordered)) weights[target.Weights] = ordered = Apply(target.Weights);
            return new LevelTarget(ordered, target.Moments.Ordered(inputs));
        })];
    }

    /// <summary>Puts codes at the places of their runs.</summary>
    /// <param name="codes">A plane a codebook [M][N · runs], runs in this order.</param>
    public void Restore(ushort[][] codes)
    {
        var row = new ushort[_runs.Length];
        foreach (ushort[] plane in codes)
        {
            for (int start = 0; start < plane.Length; start += row.Length)
            {
                Span<ushort> places = plane.AsSpan(start, row.Length);
                places.CopyTo(row);
                for (int i = 0; i < row.Length; i++) places[_runs[i]] = row[i];
            }
        }
    }

    private FloatMatrix Apply(FloatMatrix weights)
    {
        var ordered = new FloatMatrix(weights.Rows, weights.Columns, new float[weights.Values.Length]);
        for (int row = 0; row < weights.Rows; row++)
        {
            ReadOnlySpan<float> values = weights.Row(row);
            Span<float> places = ordered.Row(row);
            for (int i = 0; i < _runs.Length; i++) values.Slice(_runs[i] * _dimension, _dimension).CopyTo(places[(i * _dimension)..]);
        }

        return ordered;
    }
}
