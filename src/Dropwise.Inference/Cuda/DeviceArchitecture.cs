using Dropwise.ModelFiles;

namespace Dropwise.Inference.Cuda;

/// <summary>Which architectures the device kernels know: all of the processor's but for combinations that no known family has.</summary>
internal static class DeviceArchitecture
{
    /// <summary>Refuses a model that has a part which no device kernel computes.</summary>
    /// <param name="config">The model's shape.</param>
    /// <exception cref="InferenceException">It has one; the message names it.</exception>
    public static void Require(ModelConfig config)
    {
        if (UnknownPart(config) is { } part)
            throw new InferenceException($"this {config.ModelType} model does not run on CUDA devices, which do not know {part}; the processor does: --device cpu");
    }

    /// <summary>Whether queries, keys and values need more than turning before attention, which decode attention does itself.</summary>
    /// <param name="config">The model's shape.</param>
    public static bool PreparesHeads(ModelConfig config) =>
        config.QueryKeyValueBias || config.QueryKeyNorm || config.QueryKeyValue == QueryKeyValueLayout.FusedByGroup
        || Enumerable.Range(0, config.Layers).Any(layer => config.RopeOf(layer).Interleaved);

    private static string? UnknownPart(ModelConfig config)
    {
        bool hasExperts = config.LayerConfigs.Any(static layer => layer.Experts is not null);
        if (hasExperts && !config.IsGated) return "experts without a gate";
        if (hasExperts && config.FeedForwardBias) return "experts with biases";
        return config.QueryKeyNorm && config.Norm.Kind != NormKind.RootMeanSquare ? "queries and keys under norms of layers" : null;
    }
}
