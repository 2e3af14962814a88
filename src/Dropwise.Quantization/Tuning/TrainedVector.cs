namespace Dropwise.Quantization.Tuning;

/// <summary>Parameters that one rate of change suits: values, their gradient, and what <see cref="ValueOptimizer"/> remembers of it.</summary>
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
    /// <param name="optimizer">What decides how far values go.</param>
    public void Step(double first, double second, double rate, int number, ValueOptimizer optimizer = ValueOptimizer.Adam)
    {
        double step = 1 / (1 - Math.Pow(first, number)), correction = 1 / (1 - Math.Pow(second, number));
        for (int i = 0; i < Values.Length; i++)
        {
            double gradient = Gradient[i];
            double mean = (first * _means[i]) + ((1 - first) * gradient), square = (second * _squares[i]) + ((1 - second) * gradient * gradient);
            (_means[i], _squares[i]) = ((float)mean, (float)square);

            // What nothing has depended on yet has nowhere to go.
            Gradient[i] = _squares[i] > 0 ? (float)(step * mean / Math.Sqrt(square * correction)) : 0;
        }

        if (optimizer == ValueOptimizer.Lamb) GoTogether(rate);
        else for (int i = 0; i < Values.Length; i++) Values[i] -= (float)(rate * _sizes[i / _segment] * Gradient[i]);
        Array.Clear(Gradient);
    }

    // A value that is a segment of its own is not a tensor: all of these together are.
    private void GoTogether(double rate)
    {
        int length = _segment == 1 ? Values.Length : _segment;
        for (int first = 0; first < Values.Length; first += length)
        {
            Span<float> values = Values.AsSpan(first, length), direction = Gradient.AsSpan(first, length);
            double size = 0, way = 0;
            for (int i = 0; i < length; i++)
            {
                size += (double)values[i] * values[i];
                way += (double)direction[i] * direction[i];
            }

            // A tensor of zeros has no size to go a part of, and would stay forever: it takes Adam's step, the paper's trust ratio of 1.
            double step = size == 0 ? rate : way == 0 ? 0 : rate * Math.Sqrt(size / way);
            for (int i = 0; i < length; i++) values[i] -= (float)(step * direction[i]);
        }
    }
}
