namespace Dropwise.ModelFiles;

/// <summary>What one layer does differently from the others of its model.</summary>
public sealed record LayerConfig
{
    /// <summary>A layer that attends to all positions, turns as the model does, and has a dense feed-forward network.</summary>
    public static LayerConfig Plain { get; } = new();

    /// <summary>Positions that a token attends to, its own included; null for all up to its own.</summary>
    public int? Window { get; init; }

    /// <summary>The rotary position embedding, or null for the model's.</summary>
    public RopeConfig? Rope { get; init; }

    /// <summary>The mixture of experts, or null where the feed-forward network is dense.</summary>
    public ExpertConfig? Experts { get; init; }
}

/// <summary>A mixture of experts: each token goes through the few feed-forward networks that a router scores highest.</summary>
/// <param name="Count">Experts.</param>
/// <param name="Used">Experts that a token goes through.</param>
/// <param name="IntermediateSize">Elements between the two products of an expert.</param>
/// <param name="Normalized">Whether the weights of a token's experts are made to sum to one.</param>
public sealed record ExpertConfig(int Count, int Used, int IntermediateSize, bool Normalized);
