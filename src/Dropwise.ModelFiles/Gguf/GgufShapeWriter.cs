namespace Dropwise.ModelFiles;

/// <summary>The shape of a model as GGUF metadata: the inverse of <see cref="GgufConfig"/>.</summary>
/// <param name="path">The model, for messages.</param>
/// <param name="config">Its shape.</param>
/// <param name="architecture">What it is stored as.</param>
/// <param name="metadata">Receives the keys.</param>
internal sealed class GgufShapeWriter(string path, ModelConfig config, GgufArchitecture architecture, GgufMetadataBuilder metadata)
{
    /// <summary>Writes the keys.</summary>
    /// <exception cref="ModelFileException">There is no key for something that the model does.</exception>
    public void Write()
    {
        Integer(GgufKeys.Layers, config.Layers);
        Integer(GgufKeys.Context, config.MaximumPositions);
        Integer(GgufKeys.Embedding, config.HiddenSize);
        Integer(GgufKeys.FeedForward, config.IntermediateSize);
        Integer(GgufKeys.Heads, config.Heads);
        Integer(GgufKeys.KeyValueHeads, config.KeyValueHeads);
        Integer(GgufKeys.KeyLength, config.HeadDimension);
        Integer(GgufKeys.ValueLength, config.HeadDimension);
        Number(architecture.EpsilonKey, config.Norm.Epsilon);
        Integer(GgufKeys.Vocabulary, config.VocabularySize);
        if (config.AttentionLogitCap is { } attention) Number(GgufKeys.AttentionCap, attention);
        if (config.FinalLogitCap is { } final) Number(GgufKeys.FinalCap, final);
        Experts();
        Windows();
        Rope();
    }

    private void Integer(string key, int value) => metadata.Integer($"{architecture.Name}.{key}", value);

    private void Number(string key, double value) => metadata.Number($"{architecture.Name}.{key}", (float)value);

    private ModelFileException Unsayable(string what) => new(path, $"{what}, which GGUF files of the architecture '{architecture.Name}' cannot say");

    private void Experts()
    {
        ExpertConfig?[] experts = [.. Enumerable.Range(0, config.Layers).Select(layer => config.Layer(layer).Experts).Distinct()];
        if (experts is [null]) return;
        if (experts is not [{ } all]) throw Unsayable("has experts in some layers only");
        if (!all.Normalized) throw Unsayable("does not make the weights of a token's experts sum to one");
        Integer(GgufKeys.ExpertCount, all.Count);
        Integer(GgufKeys.ExpertsUsed, all.Used);
        Integer(GgufKeys.ExpertFeedForward, all.IntermediateSize);
    }

    // Llama.cpp knows no window in llama models and ignores the key; a reader that knows it is the better for it.
    private void Windows()
    {
        int?[] windows = [.. Enumerable.Range(0, config.Layers).Select(layer => config.Layer(layer).Window)];
        if (windows.FirstOrDefault(static window => window is not null) is not { } given) return;
        for (int layer = 0; layer < windows.Length; layer++)
        {
            if (windows[layer] != (architecture.Slides(layer) ? given : null)) throw Unsayable($"has {(windows[layer] is null ? "no" : "a")} window in layer {layer}");
        }

        if (architecture.Name.StartsWith("qwen", StringComparison.Ordinal)) throw Unsayable("has windows");
        Integer(GgufKeys.Window, given);
    }

    private void Rope()
    {
        Integer(GgufKeys.RopeDimension, config.HeadDimension);
        Number(GgufKeys.RopeBase, config.Rope.Theta);
        RopeConfig?[] own = [.. config.LayerConfigs.Select(static layer => layer.Rope).OfType<RopeConfig>().Distinct()];
        if (own is [{ } local])
        {
            if (!architecture.HasLocalRope || local.Scaling is not null) throw Unsayable("has layers with a rotary embedding of their own");
            Number(GgufKeys.RopeBaseOfWindows, local.Theta);
        }

        switch (config.Rope.Scaling)
        {
            case LinearRopeScaling linear:
                metadata.Text($"{architecture.Name}.{GgufKeys.RopeScaling}", "linear");
                Number(GgufKeys.RopeFactor, linear.Factor);
                break;
            case YarnRopeScaling yarn:
                Yarn(yarn);
                break;
        }
    }

    private void Yarn(YarnRopeScaling yarn)
    {
        if (!yarn.WholePairs) throw Unsayable("scales its rotary embedding from part of a pair on");
        metadata.Text($"{architecture.Name}.{GgufKeys.RopeScaling}", "yarn");
        Number(GgufKeys.RopeFactor, yarn.Factor);
        Integer(GgufKeys.RopeOriginalContext, yarn.OriginalPositions);
        Number(GgufKeys.RopeFastTurns, yarn.FastTurns);
        Number(GgufKeys.RopeSlowTurns, yarn.SlowTurns);
        Number(GgufKeys.RopeAttentionFactor, yarn.AttentionFactor / YarnRopeScaling.AttentionFactorOf(yarn.Factor));
    }
}
