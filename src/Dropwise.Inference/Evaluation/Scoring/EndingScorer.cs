using Dropwise.Cpu;

namespace Dropwise.Inference;

/// <summary>
/// Scores endings with one session. What the session has read stays in its cache: a context is read from the first token that differs from the
/// one before, so that endings of one context read it once, and questions behind the same examples read those once.
/// </summary>
public sealed class EndingScorer
{
    private readonly Session _session;
    private readonly Reader _reader = new();

    // The tokens of the session's cache, and the logits behind the last context with the logarithm of their softmax's denominator.
    private readonly int[] _held;
    private readonly float[] _logits;
    private int _contextLength;
    private double _denominator;

    /// <summary>Takes a session over.</summary>
    /// <param name="session">The session; it is rewound. Contexts that are too long lose their oldest tokens.</param>
    public EndingScorer(Session session)
    {
        _session = session;
        _held = new int[session.Context];
        _logits = new float[session.Vocabulary];
        session.Rewind();
    }

    /// <summary>Scores an ending.</summary>
    /// <param name="context">Token ids, at least one.</param>
    /// <param name="ending">Token ids; none have the likelihood one.</param>
    /// <exception cref="InferenceException">The context is empty, the ending does not fit the session, or logits are not finite.</exception>
    public EndingScore Score(ReadOnlySpan<int> context, ReadOnlySpan<int> ending)
    {
        if (ending.IsEmpty) return new EndingScore(0, true);
        if (ending.Length > _session.Context) throw new InferenceException($"an ending of {ending.Length} tokens does not fit the context of {_session.Context}");
        Read(context[Math.Max(0, context.Length + ending.Length - 1 - _session.Context)..]);
        EndingScore score = Score(_logits, _denominator, ending[0]);
        if (ending.Length > 1)
        {
            ReadOnlySpan<int> inputs = ending[..^1];
            inputs.CopyTo(_held.AsSpan(_contextLength));
            _reader.Start(ending[1..], score);
            _session.Append(inputs, _reader);
            score = _reader.Score;
        }

        return double.IsFinite(score.LogLikelihood) ? score : throw new InferenceException("the logits are not finite: the model's weights are broken");
    }

    private void Read(ReadOnlySpan<int> context)
    {
        int common = _held.AsSpan(0, _session.Position).CommonPrefixLength(context);
        if (common == context.Length && common == _contextLength)
        {
            _session.Rewind(common);
            return;
        }

        // Logits are those of the last token that was read, so that at least one is.
        int start = Math.Min(common, context.Length - 1);
        _session.Rewind(start);
        _session.Append(context[start..]);
        context.CopyTo(_held);
        _contextLength = context.Length;
        _session.Logits.CopyTo(_logits);
        _denominator = LogSumExp(_session.Logits);
    }

    private static EndingScore Score(ReadOnlySpan<float> logits, double denominator, int token) =>
        new(logits[token] - denominator, logits[token] >= Maximum(logits));

    private static unsafe float Maximum(ReadOnlySpan<float> logits)
    {
        fixed (float* values = logits) return VectorOperations.Maximum(values, logits.Length);
    }

    private static unsafe double LogSumExp(Span<float> logits)
    {
        fixed (float* values = logits) return VectorOperations.LogSumExp(values, logits.Length);
    }

    /// <summary>Adds up the scores of tokens from the logits before each.</summary>
    private sealed class Reader : ILogitsReader
    {
        private int[] _tokens = [];

        public EndingScore Score { get; private set; }

        public void Start(ReadOnlySpan<int> tokens, EndingScore before)
        {
            _tokens = tokens.ToArray();
            Score = before;
        }

        public void Read(int first, Span<float> logits, int vocabulary)
        {
            for (int i = 0; i < logits.Length / vocabulary; i++)
            {
                Span<float> row = logits.Slice(i * vocabulary, vocabulary);
                int token = _tokens[first + i];
                float logit = row[token];
                bool isGreedy = logit >= Maximum(row);
                Score = new EndingScore(Score.LogLikelihood + logit - LogSumExp(row), Score.IsGreedy && isGreedy);
            }
        }
    }
}
