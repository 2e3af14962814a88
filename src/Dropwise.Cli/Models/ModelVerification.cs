using Dropwise.Cli.Reports;
using Dropwise.Inference;

namespace Dropwise.Cli.Models;

/// <summary>
/// A model on CUDA devices against the same model on the processor with exact products, or on one device: the logits of one text read in
/// several ways, at every level.
/// </summary>
/// <param name="weights">The model.</param>
/// <param name="tokens">The text.</param>
internal sealed class ModelVerification(ModelWeights weights, int[] tokens)
{
    /// <summary>What logits may differ by, ‖y − y*‖ / ‖y*‖: 16-bit activations, halves in the cache, and sums in another order.</summary>
    public const double ProcessorLimit = 2e-3;

    /// <summary>What logits of several devices may differ by from those of one: sums in another order, and roundings that follow from it.</summary>
    public const double DeviceLimit = 1e-3;

    /// <summary>Checks every level, each way of reading against exact products, whose logits do not depend on it.</summary>
    /// <param name="reference">The model on the processor.</param>
    /// <param name="device">The model on devices.</param>
    /// <param name="cancellation">Ends the checks.</param>
    public List<ModelCheckReport> AgainstProcessor(ModelEngine reference, ModelEngine device, CancellationToken cancellation) =>
        Check(reference, device, sameReading: false, ProcessorLimit, "the processor", cancellation);

    /// <summary>
    /// Checks every level of several devices against one, each way of reading against the same way: how a text is cut chooses between products of
    /// 16-bit activations and of halves, which differ by more than sharing a model out may change.
    /// </summary>
    /// <param name="one">The model on one device.</param>
    /// <param name="several">The model on several.</param>
    /// <param name="cancellation">Ends the checks.</param>
    public List<ModelCheckReport> AgainstOneDevice(ModelEngine one, ModelEngine several, CancellationToken cancellation) =>
        Check(one, several, sameReading: true, DeviceLimit, "one device", cancellation);

    private List<ModelCheckReport> Check(
        ModelEngine reference, ModelEngine device, bool sameReading, double limit, string against, CancellationToken cancellation)
    {
        var checks = new List<ModelCheckReport>();
        using Session judge = reference.NewSession(tokens.Length, 1), session = device.NewSession(tokens.Length, 1);
        for (int level = 1; level <= weights.Levels; level++)
        {
            judge.Level = session.Level = level;
            SortedDictionary<int, float[]>? wanted = null;
            foreach (TextReading reading in TextReading.All(tokens.Length))
            {
                cancellation.ThrowIfCancellationRequested();

                // The first reading is the one at once, after which the logits of every token are known.
                if (sameReading || wanted is null) wanted = reading.Read(judge, tokens);
                double worst = reading.Read(session, tokens).Max(kept => Difference(wanted[kept.Key], kept.Value));
                checks.Add(new ModelCheckReport(level, reading.Name, against, worst, limit));
            }
        }

        return checks;
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
}
