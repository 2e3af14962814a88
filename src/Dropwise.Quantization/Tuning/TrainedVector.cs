namespace Dropwise.Quantization.Tuning;

/// <summary>Parameters that one rate of change suits: values, their gradient, and what Adam remembers of it (Kingma and Ba, arXiv 1412.6980).</summary>
internal sealed class TrainedVector
{
    private readonly float[] _means;
    private readonly float[] _squares;
    private readonly double[] _sizes;
    private readonly int _segment;

    /// <summary>Starts to train values where they are.</summary>
    /// <param name="values">The values; kept, and changed by <see cref="Step"/>.</param>
    /// <param name="segment">Values that have one size, such as those of a codebook; positive, and divides the values.</param>
    public TrainedVector(float[] values, int segment)
    {
        Values = values;
        Gradient = new float[values.Length];
        _means = new float[values.Length];
        _squares = new float[values.Length];
        _segment = segment;
        _sizes = [.. values.Chunk(segment).Select(static chunk => Math.Sqrt(chunk.Average(static value => (double)value * value)))];
    }

    /// <summary>The values.</summary>
    public float[] Values { get; }

    /// <summary>All that a later step depends on: values, and what Adam remembers.</summary>
    public IEnumerable<float[]> State => [Values, _means, _squares];

    /// <summary>The gradient of the loss; whoever computes it adds to it.</summary>
    public float[] Gradient { get; }

    /// <summary>
    /// Changes values by their gradient and clears it. A step is a share of the size that values had at the start, the root mean square of their
    /// segment: codebooks of later levels are a few times smaller than the first, row scales a hundred times.
    /// </summary>
    /// <param name="first">How much of the mean of gradients a step keeps.</param>
    /// <param name="second">How much of the mean of their squares a step keeps.</param>
    /// <param name="rate">The largest usual step, as that share.</param>
    /// <param name="number">The number of the step, from 1.</param>
    public void Step(double first, double second, double rate, int number)
    {
        double step = rate / (1 - Math.Pow(first, number)), correction = 1 / (1 - Math.Pow(second, number));
        for (int i = 0; i < Values.Length; i++)
        {
            double gradient = Gradient[i];
            double mean = (first * _means[i]) + ((1 - first) * gradient), square = (second * _squares[i]) + ((1 - second) * gradient * gradient);
            (_means[i], _squares[i]) = ((float)mean, (float)square);

            // What nothing has depended on yet has nowhere to go.
            if (_squares[i] > 0) Values[i] -= (float)(step * _sizes[i / _segment] * mean / Math.Sqrt(square * correction));
        }

        Array.Clear(Gradient);
    }
}
