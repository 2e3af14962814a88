namespace Dropwise.Inference;

/// <summary>Compares a session's logits with golden ones: the largest absolute difference of any logit, however the text is read.</summary>
/// <param name="golden">What the logits should be.</param>
/// <param name="session">The session; it is rewound. Its context must hold a sequence.</param>
public sealed class GoldenComparison(GoldenLogits golden, Session session)
{
    private readonly float[] _expected = new float[golden.Vocabulary];

    /// <summary>Reads every sequence in pieces.</summary>
    /// <param name="cuts">Where pieces end before the sequence does, ascending; none reads it at once.</param>
    /// <returns>The largest difference; infinite where a logit is not a number, which no comparison would notice.</returns>
    public double Worst(params ReadOnlySpan<int> cuts)
    {
        var reader = new Reader(this);
        for (int sequence = 0; sequence < golden.Sequences; sequence++)
        {
            session.Rewind();
            ReadOnlySpan<int> tokens = golden.Tokens(sequence);
            for (int piece = 0; piece <= cuts.Length; piece++)
            {
                int start = piece == 0 ? 0 : cuts[piece - 1], end = piece == cuts.Length ? tokens.Length : cuts[piece];
                reader.Start(sequence, start);
                session.Append(tokens[start..end], reader);
            }
        }

        return reader.Worst;
    }

    private double Difference(int sequence, int token, ReadOnlySpan<float> logits)
    {
        golden.Read(sequence, token, _expected);
        double worst = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            double difference = Math.Abs((double)logits[i] - _expected[i]);
            worst = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(worst, difference);
        }

        return worst;
    }

    private sealed class Reader(GoldenComparison comparison) : ILogitsReader
    {
        private int _sequence;
        private int _start;

        public double Worst { get; private set; }

        public void Start(int sequence, int start)
        {
            _sequence = sequence;
            _start = start;
        }

        public void Read(int first, Span<float> logits, int vocabulary)
        {
            for (int i = 0; i < logits.Length / vocabulary; i++)
                Worst = Math.Max(Worst, comparison.Difference(_sequence, _start + first + i, logits.Slice(i * vocabulary, vocabulary)));
        }
    }
}
