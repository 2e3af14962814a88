namespace Dropwise.Inference;

/// <summary>Why generation ended.</summary>
public enum GenerationEnd
{
    /// <summary>The model produced an end token.</summary>
    EndToken = 0,

    /// <summary>All tokens that were asked for are there.</summary>
    MaximumTokens = 1,

    /// <summary>The context is full.</summary>
    ContextFull = 2,

    /// <summary>The caller asked to stop.</summary>
    Stopped = 3,
}
