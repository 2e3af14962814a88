namespace Dropwise.ModelFiles;

/// <summary>Reads rotary position embedding in both spellings: <c>rope_parameters</c> of transformers 5, and the older <c>rope_theta</c> with <c>rope_scaling</c>.</summary>
/// <param name="fields">The configuration.</param>
/// <param name="positions">Positions that the model was trained for.</param>
internal sealed class RopeReader(ConfigFields fields, int positions)
{
    // What the paper of YaRN recommends and transformers takes where a configuration says nothing.
    private const double DefaultFastTurns = 32;
    private const double DefaultSlowTurns = 1;

    /// <summary>The embedding of all layers.</summary>
    /// <param name="defaultTheta">The base where the configuration gives none.</param>
    /// <exception cref="ModelFileException">The kind of scaling is not supported, or one of its numbers is missing or invalid.</exception>
    public RopeConfig Read(double defaultTheta) =>
        Scaled(fields.Section("rope_parameters") ?? fields.Section("rope_scaling"), fields.Positive("rope_theta", defaultTheta));

    /// <summary>The embedding of the layers of a kind, where kinds differ.</summary>
    /// <param name="layerType">The kind, such as <c>full_attention</c>.</param>
    /// <param name="olderTheta">The field that holds the base in the older spelling.</param>
    /// <param name="olderScaling">The field that holds the scaling in the older spelling, or null where this kind is never scaled.</param>
    /// <param name="defaultTheta">The base where the configuration gives none.</param>
    /// <exception cref="ModelFileException">The kind of scaling is not supported, or one of its numbers is missing or invalid.</exception>
    public RopeConfig Read(string layerType, string olderTheta, string? olderScaling, double defaultTheta)
    {
        if (fields.Section("rope_parameters") is { } parameters)
            return Scaled(parameters.Section(layerType) ?? throw parameters.Missing(layerType), defaultTheta);
        return Scaled(olderScaling is null ? null : fields.Section(olderScaling), fields.Positive(olderTheta, defaultTheta));
    }

    private RopeConfig Scaled(ConfigFields? rope, double givenTheta)
    {
        double theta = rope?.Positive("rope_theta", givenTheta) ?? givenTheta;
        if (theta <= 1) throw (rope ?? fields).Invalid("rope_theta", $"is {theta}, not above 1");

        // Transformers' spelling, of the architectures that let a model choose.
        bool isInterleaved = fields.Flag("rope_interleave", false);
        if (rope is null) return new RopeConfig(theta, null, isInterleaved);
        if (rope.Positive("partial_rotary_factor", 1) != 1) throw rope.Invalid("partial_rotary_factor", "is not 1; heads that turn only in part are not supported");

        // Once called type.
        string kind = rope.Text("rope_type") ?? rope.Text("type") ?? "default";
        RopeScaling? scaling = kind switch
        {
            "default" => null,
            "linear" => new LinearRopeScaling(rope.Positive("factor")),
            "llama3" => Llama3(rope),
            "yarn" => Yarn(rope),
            _ => throw rope.Invalid("rope_type", $"is '{kind}'; supported are default, linear, llama3, yarn"),
        };
        return new RopeConfig(theta, scaling, isInterleaved);
    }

    private static Llama3RopeScaling Llama3(ConfigFields rope)
    {
        var scaling = new Llama3RopeScaling(
            rope.Positive("factor"), rope.Positive("low_freq_factor"), rope.Positive("high_freq_factor"), rope.Size("original_max_position_embeddings"));
        return scaling.HighFrequencyFactor > scaling.LowFrequencyFactor
            ? scaling
            : throw rope.Invalid("high_freq_factor", $"is {scaling.HighFrequencyFactor}, not above low_freq_factor {scaling.LowFrequencyFactor}");
    }

    private YarnRopeScaling Yarn(ConfigFields rope)
    {
        int original = rope.Size("original_max_position_embeddings", positions);
        double factor = rope.Positive("factor", (double)positions / original);
        double fast = rope.Positive("beta_fast", DefaultFastTurns), slow = rope.Positive("beta_slow", DefaultSlowTurns);
        if (fast <= slow) throw rope.Invalid("beta_fast", $"is {fast}, not above beta_slow {slow}");
        double attention = rope.Has("mscale") && rope.Has("mscale_all_dim")
            ? YarnRopeScaling.AttentionFactorOf(factor, rope.Positive("mscale")) / YarnRopeScaling.AttentionFactorOf(factor, rope.Positive("mscale_all_dim"))
            : YarnRopeScaling.AttentionFactorOf(factor);
        return new YarnRopeScaling(factor, original, fast, slow, rope.Positive("attention_factor", attention), rope.Flag("truncate", true));
    }
}
