using Dropwise.Cli.Reports;
using Dropwise.Inference;

namespace Dropwise.Cli.Models;

/// <summary>
/// A model on CUDA devices against the same model on the processor with exact products, or on one device: the logits of one text read at
/// once, token by token, and in two parts cut at many places, at every level.
/// </summary>
/// <param name="weights">The model.</param>
/// <param name="tokens">The text.</param>
internal sealed class ModelVerification(ModelWeights weights, int[] tokens)
{
    /// <summary>What logits may differ by, ‖y − y*‖ / ‖y*‖: 16-bit activations, halves in the cache, and sums in another order.</summary>
    public const double ProcessorLimit = 2e-3;

    /// <summary>What logits of several devices may differ by from those of one: sums in another order, and roundings that follow from it.</summary>
    public const double DeviceLimit = 1e-3;

    private readonly int _vocabulary = weights.Config.VocabularySize;

    /// <summary>Places where the text is cut in two: around the numbers of tokens at which other kernels take over.</summary>
    private int[] Cuts => [.. new[] { 1, 2, 3, 4, 5, 15, 16, 17, 18, 31, 63, 64, 65 }.Where(cut => cut < tokens.Length)];

    /// <summary>Checks every level.</summary>
    /// <param name="reference">The model on the processor.</param>
    /// <param name="device">The model on devices.</param>
    /// <param name="cancellation">Ends the checks.</param>
    public List<ModelCheckReport> AgainstProcessor(ModelEngine reference, ModelEngine device, CancellationToken cancellation) =>
        Check(reference, device, ProcessorLimit, "the processor", cancellation);

    /// <summary>Checks every level of several devices against one.</summary>
    /// <param name="one">The model on one device.</param>
    /// <param name="several">The model on several.</param>
    /// <param name="cancellation">Ends the checks.</param>
    public List<ModelCheckReport> AgainstOneDevice(ModelEngine one, ModelEngine several, CancellationToken cancellation) =>
        Check(one, several, DeviceLimit, "one device", cancellation);

    private List<ModelCheckReport> Check(ModelEngine reference, ModelEngine device, double limit, string against, CancellationToken cancellation)
    {
        var checks = new List<ModelCheckReport>();
        using Session judge = reference.NewSession(tokens.Length, 1), session = device.NewSession(tokens.Length, 1);
        for (int level = 1; level <= weights.Levels; level++)
        {
            cancellation.ThrowIfCancellationRequested();
            judge.Level = session.Level = level;
            float[] wanted = AtOnce(judge);
            Add("at once", Worst(wanted, AtOnce(session)));
            Add("token by token", TokenByToken(session, wanted));
            foreach (int cut in Cuts) Add($"cut at {cut}", Parts(session, cut, wanted));

            void Add(string check, double error) => checks.Add(new ModelCheckReport(level, check, against, error, limit));
        }

        return checks;
    }

    private float[] AtOnce(Session session)
    {
        var reader = new Collector(_vocabulary, tokens.Length);
        session.Rewind();
        session.Append(tokens, reader);
        return reader.Logits;
    }

    private double TokenByToken(Session session, float[] wanted)
    {
        double worst = 0;
        session.Rewind();
        for (int i = 0; i < tokens.Length; i++)
        {
            session.Append(tokens.AsSpan(i, 1));
            worst = Math.Max(worst, Difference(wanted.AsSpan(i * _vocabulary, _vocabulary), session.Logits));
        }

        return worst;
    }

    private double Parts(Session session, int cut, float[] wanted)
    {
        session.Rewind();
        session.Append(tokens.AsSpan(0, cut));
        double first = Difference(wanted.AsSpan((cut - 1) * _vocabulary, _vocabulary), session.Logits);
        session.Append(tokens.AsSpan(cut));
        return Math.Max(first, Difference(wanted.AsSpan((tokens.Length - 1) * _vocabulary, _vocabulary), session.Logits));
    }

    private double Worst(float[] wanted, float[] actual)
    {
        double worst = 0;
        for (int i = 0; i < tokens.Length; i++)
            worst = Math.Max(worst, Difference(wanted.AsSpan(i * _vocabulary, _vocabulary), actual.AsSpan(i * _vocabulary, _vocabulary)));
        return worst;
    }

    /// <summary>‖actual − wanted‖ / ‖wanted‖; infinite where a value is not a number, which no comparison would notice.</summary>
    private static double Difference(ReadOnlySpan<float> wanted, ReadOnlySpan<float> actual)
    {
        double squares = 0, length = 0;
        for (int i = 0; i < wanted.Length; i++)
        {
            double error = (double)actual[i] - wanted[i];
            squares += error * error;
            length += (double)wanted[i] * wanted[i];
        }

        double difference = Math.Sqrt(squares / length);
        return double.IsNaN(difference) ? double.PositiveInfinity : difference;
    }

    private sealed class Collector(int vocabulary, int tokens) : ILogitsReader
    {
        public float[] Logits { get; } = new float[vocabulary * tokens];

        public void Read(int first, Span<float> logits, int size) => logits.CopyTo(Logits.AsSpan(first * size));
    }
}
