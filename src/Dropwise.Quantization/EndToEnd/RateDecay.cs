namespace Dropwise.Quantization.EndToEnd;

/// <summary>How a rate falls from the first step to the last.</summary>
public enum RateDecay
{
    /// <summary>On a cosine, to zero.</summary>
    Cosine = 0,

    /// <summary>On a line, to zero.</summary>
    Linear = 1,

    /// <summary>Not at all.</summary>
    Constant = 2,
}

/// <summary>What is left of a rate.</summary>
internal static class RateDecays
{
    /// <summary>What is left of a rate, 1 to 0.</summary>
    /// <param name="decay">How it falls.</param>
    /// <param name="progress">The share of steps that are done, 0 to 1.</param>
    public static double At(this RateDecay decay, double progress) => decay switch
    {
        RateDecay.Linear => 1 - progress,
        RateDecay.Constant => 1,
        _ => 0.5 * (1 + Math.Cos(Math.PI * progress)),
    };
}
