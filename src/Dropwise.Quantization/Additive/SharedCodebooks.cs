namespace Dropwise.Quantization.Additive;

/// <summary>Trains one set of codebooks for many matrices, on runs of weights taken evenly from all of them.</summary>
public sealed class SharedCodebooks
{
    private readonly FormatDescriptor _format;
    private readonly AdditiveOptions _options;
    private readonly double _share;
    private readonly List<float[]> _samples = [];

    /// <summary>Starts without samples.</summary>
    /// <param name="format">A format of additive codes with scales of output rows.</param>
    /// <param name="options">How much work to do.</param>
    /// <param name="weights">Weights of all matrices together.</param>
    public SharedCodebooks(FormatDescriptor format, AdditiveOptions options, long weights)
    {
        _format = format;
        _options = options;
        _share = Math.Min(1, (double)options.TrainingVectors * format.Dimension / weights);
    }

    /// <summary>Takes samples of a matrix.</summary>
    /// <param name="weights">The weights [N, K], finite, behind the format's rotation where it has one.</param>
    /// <returns>The runs of weights that were taken.</returns>
    /// <exception cref="QuantizationException">The matrix does not fit the format.</exception>
    public int Add(FloatMatrix weights)
    {
        VectorSet vectors = AdditiveQuantizer.Normalize(weights, _format, new float[weights.Rows]);
        VectorSet sample = vectors.Sample(Math.Max(1, (int)(vectors.Count * _share)));
        _samples.Add(sample.Values);
        return sample.Count;
    }

    /// <summary>Trains on the samples.</summary>
    /// <param name="run">Workers, cancellation, progress.</param>
    public CodebookSet Train(QuantizationRun run)
    {
        var vectors = new VectorSet(_format.Dimension, [.. _samples.SelectMany(sample => sample)]);
        return CodebookTrainer.Train(vectors, _format, _options, run).Codebooks;
    }
}
