namespace Dropwise.Inference.Tasks;

/// <summary>What a task reports.</summary>
public enum TaskMeasure
{
    /// <summary>How often the right choice has the largest log-likelihood.</summary>
    Accuracy,

    /// <summary>That, and the same of log-likelihoods divided by the length of the choice, which long choices would lose without.</summary>
    NormalizedAccuracy,

    /// <summary>How often greedy decoding gives the one right ending, and the perplexity of that ending.</summary>
    GreedyMatch,
}
