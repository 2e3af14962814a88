using System.Text.Json;

namespace Dropwise.ModelFiles;

/// <summary>The fields of <c>config.json</c> as they stand, in both spellings: that of transformers 5 and the older one.</summary>
internal sealed class ConfigDocument
{
    public string? ModelType { get; init; }

    public int? HiddenSize { get; init; }

    public int? IntermediateSize { get; init; }

    public int? NumHiddenLayers { get; init; }

    public int? NumAttentionHeads { get; init; }

    public int? NumKeyValueHeads { get; init; }

    public int? HeadDim { get; init; }

    public int? VocabSize { get; init; }

    public int? MaxPositionEmbeddings { get; init; }

    public double? RmsNormEps { get; init; }

    public bool? TieWordEmbeddings { get; init; }

    public string? HiddenAct { get; init; }

    public bool? AttentionBias { get; init; }

    public bool? MlpBias { get; init; }

    /// <summary>An integer, a list of integers or null.</summary>
    public JsonElement BosTokenId { get; init; }

    /// <summary>An integer, a list of integers or null.</summary>
    public JsonElement EosTokenId { get; init; }

    /// <summary>Version 5: the base and the scaling in one object.</summary>
    public RopeDocument? RopeParameters { get; init; }

    /// <summary>Version 5.</summary>
    public string? Dtype { get; init; }

    /// <summary>Whether the elements of a rotary pair are neighbours; transformers' spelling, of the architectures that let a model choose.</summary>
    public bool? RopeInterleave { get; init; }

    /// <summary>Before version 5: the scaling.</summary>
    public RopeDocument? RopeScaling { get; init; }

    /// <summary>Before version 5: the base.</summary>
    public double? RopeTheta { get; init; }

    /// <summary>Before version 5.</summary>
    public string? TorchDtype { get; init; }
}

/// <summary>The fields of <c>rope_parameters</c> or <c>rope_scaling</c>.</summary>
internal sealed class RopeDocument
{
    public string? RopeType { get; init; }

    /// <summary>What <c>rope_type</c> was called first.</summary>
    public string? Type { get; init; }

    public double? RopeTheta { get; init; }

    public double? Factor { get; init; }

    public double? LowFreqFactor { get; init; }

    public double? HighFreqFactor { get; init; }

    public int? OriginalMaxPositionEmbeddings { get; init; }
}

/// <summary>The fields of <c>generation_config.json</c> that replace those of the configuration.</summary>
internal sealed class GenerationDocument
{
    public JsonElement BosTokenId { get; init; }

    public JsonElement EosTokenId { get; init; }
}
