namespace Dropwise.Inference;

/// <summary>How the next token is drawn from the logits.</summary>
public sealed record SamplingOptions
{
    // 2^-126.
    private const double SmallestNormal = 1.17549435e-38;

    /// <summary>Divides the logits; 0, or what is as good as that, takes the most likely token.</summary>
    public double Temperature { get; init; }

    /// <summary>Draws among this many most likely tokens; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Draws among the fewest most likely tokens that have this probability together; 1 for all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>The seed: the same seed and logits give the same tokens.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// Whether the most likely token is taken. Below the smallest normal float32 a temperature has no inverse that float32 holds, which devices
    /// multiply with; logits that differ at all differ by more, so that every engine may take the most likely token at once.
    /// </summary>
    public bool IsGreedy => Temperature < SmallestNormal;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="InferenceException">A value is out of range; the message names it.</exception>
    public void Validate()
    {
        if (!(Temperature >= 0) || double.IsInfinity(Temperature)) throw new InferenceException($"a temperature of {Temperature} is not a number from 0 on");
        if (TopK < 0) throw new InferenceException($"top-k of {TopK} is negative");
        if (!(TopP > 0 && TopP <= 1)) throw new InferenceException($"top-p of {TopP} is not above 0 and at most 1");
    }
}
