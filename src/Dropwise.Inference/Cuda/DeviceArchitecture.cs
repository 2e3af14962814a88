using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Cuda;

/// <summary>Which architectures the device kernels know: those of Llama's parts.</summary>
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

    private static string? UnknownPart(ModelConfig config)
    {
        if (config.LayerConfigs.Any(static layer => layer.Experts is not null)) return "mixtures of experts";
        if (config.Norm.Kind != NormKind.RootMeanSquare) return "norms of layers";
        if (config.Structure != LayerStructure.Sequential) return "layers that are not one norm, attention, one norm, feed-forward network";
        if (config.QueryKeyValue != QueryKeyValueLayout.Separate) return "fused projections";
        if (config.QueryKeyValueBias || config.AttentionOutputBias || config.FeedForwardBias) return "biases";
        if (config.QueryKeyNorm) return "normalized queries and keys";
        if (config.LayerConfigs.Any(static layer => layer.Window is not null || layer.Rope is not null)) return "layers with a window";
        if (config.AttentionLogitCap is not null || config.FinalLogitCap is not null) return "bounded logits";
        if (!config.IsGated || config.Activation != ActivationFunction.Silu) return "activations other than the gated SiLU";
        if (config.Rope.Interleaved) return "rotary pairs that are neighbours";
        return config.EmbeddingScale != 1 ? "scaled embeddings" : null;
    }
}
