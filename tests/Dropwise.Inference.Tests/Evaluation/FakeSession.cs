namespace Dropwise.Inference.Tests.Evaluation;

/// <summary>
/// A model whose next token depends on the last one only, by a table of logits, [vocabulary, vocabulary]: what it should score can be computed
/// by hand. Remembers what it was run on.
/// </summary>
internal sealed class FakeSession(float[][] table, int context, int batch = 512) : Session(
    ModelShapes.Find("tiny-stories-7m") with { VocabularySize = table.Length }, new SessionOptions { Context = context, Batch = batch }, 1, 1)
{
    private readonly float[] _logits = new float[table.Length];
    private int[] _lastBatch = [];

    /// <summary>All tokens that went through the model, in order; those of earlier sequences included.</summary>
    public List<int> Ran { get; } = [];

    public override Span<float> Logits => _logits;

    /// <summary>log p(next | token), in float64.</summary>
    public double LogLikelihood(int token, int next) => table[token][next] - Math.Log(table[token].Sum(logit => Math.Exp(logit)));

    public override ITokenSource Draw(SamplingOptions options) => throw new NotSupportedException();

    public override void Dispose()
    {
    }

    private protected override void Run(ReadOnlySpan<int> batch)
    {
        _lastBatch = batch.ToArray();
        Ran.AddRange(batch);
    }

    private protected override void FinishLogits() => table[_lastBatch[^1]].CopyTo(_logits, 0);

    private protected override Span<float> BatchLogits(int first, int count) =>
        _lastBatch.AsSpan(first, count).ToArray().SelectMany(token => table[token]).ToArray();
}
