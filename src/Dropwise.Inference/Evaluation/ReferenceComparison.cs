namespace Dropwise.Inference;

/// <summary>
/// Compares a model's logits with a reference's. The reference reads behind the model, in the pieces that the model's logits arrive in, so that
/// only a piece of its logits exists at any time; two numbers a token are kept, for the percentiles.
/// </summary>
internal sealed class ReferenceComparison
{
    private readonly Session _reference;
    private readonly Collector _collector = new();
    private readonly TokenDivergence _token;
    private readonly List<float> _divergences = [];
    private readonly List<float> _differences = [];
    private readonly int[] _window;
    private double _divergence;
    private double _likelihood;
    private long _agreements;

    /// <summary>Takes the reference over.</summary>
    /// <param name="reference">The reference; it is rewound. Its context must hold a window.</param>
    /// <param name="vocabulary">Elements of a token's logits, of the model.</param>
    /// <param name="context">Tokens of a window.</param>
    /// <exception cref="InferenceException">The reference has another vocabulary, or its context is too short.</exception>
    public ReferenceComparison(Session reference, int vocabulary, int context)
    {
        if (reference.Vocabulary != vocabulary) throw new InferenceException($"the reference has {reference.Vocabulary} tokens and the model {vocabulary}: they cannot be compared");
        if (reference.Context < context) throw new InferenceException($"a window of {context} tokens does not fit the reference's context of {reference.Context}");
        _reference = reference;
        _token = new TokenDivergence(vocabulary);
        _window = new int[context];
    }

    /// <summary>Starts a window.</summary>
    /// <param name="window">Its tokens.</param>
    public void Start(ReadOnlySpan<int> window)
    {
        window.CopyTo(_window);
        _reference.Rewind();
    }

    /// <summary>Compares the logits of some consecutive tokens, the next of the window.</summary>
    /// <param name="first">The first token.</param>
    /// <param name="logits">The model's, [tokens, vocabulary]; left as they are.</param>
    /// <param name="vocabulary">Elements of a token's logits.</param>
    public void Read(int first, ReadOnlySpan<float> logits, int vocabulary)
    {
        int count = logits.Length / vocabulary;
        _reference.Append(_window.AsSpan(first, count), _collector);
        for (int i = 0; i < count; i++)
        {
            _token.Compare(logits.Slice(i * vocabulary, vocabulary), _collector.Row(i, vocabulary), _window[first + i + 1]);
            _divergence += _token.Divergence;
            _likelihood += _token.ReferenceLogLikelihood;
            _agreements += _token.Agrees ? 1 : 0;
            _divergences.Add((float)_token.Divergence);
            _differences.Add((float)Math.Abs(_token.LogLikelihood - _token.ReferenceLogLikelihood));
        }
    }

    /// <summary>What came out.</summary>
    public ReferenceResult Finish()
    {
        double count = _divergences.Count;
        return new ReferenceResult(
            _divergence / count, Percentile(_divergences, 0.99), _agreements / count, Percentile(_differences, 0.99), Math.Exp(-_likelihood / count));
    }

    /// <summary>A percentile, between the two nearest values by their distances, as NumPy computes it.</summary>
    /// <param name="values">At least one; sorted by the call.</param>
    /// <param name="share">0 to 1.</param>
    internal static double Percentile(List<float> values, double share)
    {
        values.Sort();
        double place = share * (values.Count - 1);
        int below = (int)place;
        double above = values[Math.Min(below + 1, values.Count - 1)];
        return values[below] + ((place - below) * (above - values[below]));
    }

    /// <summary>Keeps the logits of a piece.</summary>
    private sealed class Collector : ILogitsReader
    {
        private float[] _logits = [];

        public ReadOnlySpan<float> Row(int token, int vocabulary) => _logits.AsSpan(token * vocabulary, vocabulary);

        public void Read(int first, Span<float> logits, int vocabulary)
        {
            int start = first * vocabulary;
            if (_logits.Length < start + logits.Length) Array.Resize(ref _logits, start + logits.Length);
            logits.CopyTo(_logits.AsSpan(start));
        }
    }
}
