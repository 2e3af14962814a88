namespace Dropwise.Quantization.Additive;

/// <summary>
/// One set of codebooks for many matrices. Behind a rotation all weights look normal, so normal vectors train them: samples of the weights did no
/// better (tiny-stories-7m, perplexity of level 2) and would need a pass over the model. Otherwise the samples of all matrices are pooled.
/// </summary>
public sealed class SharedCodebooks
{
    // Two thousand vectors a codeword: more change no error in its third digit.
    private const int MostNormalVectors = 1 << 19;

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
        NeedsSamples = format.Rotation == Rotation.None;
        long vectors = Math.Max(1, weights / format.Dimension);
        TrainingVectors = (int)Math.Min(options.TrainingVectors, NeedsSamples ? vectors : MostNormalVectors);
        _share = Math.Min(1, (double)TrainingVectors / vectors);
    }

    /// <summary>Whether matrices are to be added before training.</summary>
    public bool NeedsSamples { get; }

    /// <summary>Vectors to train on.</summary>
    public int TrainingVectors { get; }

    /// <summary>Takes samples of a matrix.</summary>
    /// <param name="weights">The weights [N, K], finite.</param>
    /// <returns>The runs of weights that were taken.</returns>
    /// <exception cref="QuantizationException">The matrix does not fit the format.</exception>
    public int Add(FloatMatrix weights)
    {
        VectorSet vectors = AdditiveQuantizer.Normalize(weights, _format, new float[weights.Rows]);
        VectorSet sample = vectors.Sample(Math.Max(1, (int)(vectors.Count * _share)));
        _samples.Add(sample.Values);
        return sample.Count;
    }

    /// <summary>Trains the codebooks.</summary>
    /// <param name="run">Workers, cancellation, progress.</param>
    /// <exception cref="QuantizationException">The level weights do not fit the format.</exception>
    public CodebookSet Train(QuantizationRun run)
    {
        VectorSet vectors = NeedsSamples
            ? new VectorSet(_format.Dimension, [.. _samples.SelectMany(static sample => sample)])
            : NormalVectors.Draw(TrainingVectors, _format.Dimension, _options.Seed);
        return CodebookTrainer.Train(vectors, _format, _options, run).Codebooks;
    }
}
