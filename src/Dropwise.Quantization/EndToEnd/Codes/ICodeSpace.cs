namespace Dropwise.Quantization.EndToEnd.Codes;

/// <summary>The codes of one matrix as tuning sees them, whatever they are: groups of consecutive weights of a row that have codes of their own.</summary>
internal interface ICodeSpace
{
    /// <summary>Weights of a group; divides the columns of the matrix.</summary>
    int GroupSize { get; }

    /// <summary>How many groups are asked for each that may change, at least 1: some want to and cannot.</summary>
    int Reserve { get; }

    /// <summary>Writes what a group's codes stand for at each served level, before any rotation is turned back.</summary>
    /// <param name="group">The group, row by row.</param>
    /// <param name="values">Receives [levels, <see cref="GroupSize"/>].</param>
    void Decode(int group, Span<float> values);

    /// <summary>Gives a group the codes of the least Σ_l ω_l ‖target_l − Ŵ_l‖² that it finds, never worse ones than it has; or, at random, ones that are nearly as close.</summary>
    /// <param name="group">The group.</param>
    /// <param name="targets">[levels, <see cref="GroupSize"/>].</param>
    /// <param name="weights">ω [levels].</param>
    /// <param name="random">Rounds stochastically; null for the nearest.</param>
    void Encode(int group, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights, Random? random = null);

    /// <summary>Copies a group's codes.</summary>
    /// <param name="group">The group.</param>
    /// <param name="codes">Receives a code a codebook.</param>
    void Save(int group, Span<ushort> codes);

    /// <summary>Gives a group back what <see cref="Save"/> copied.</summary>
    /// <param name="group">The group.</param>
    /// <param name="codes">A code a codebook.</param>
    void Restore(int group, ReadOnlySpan<ushort> codes);

    /// <summary>Says that scales and codebooks have changed.</summary>
    void Refresh();
}
