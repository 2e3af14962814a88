using System.Collections.Immutable;

namespace Dropwise.ModelFiles;

/// <summary>
/// What a value of <c>general.architecture</c> says about a model that no key says: llama.cpp has it in its code
/// (https://github.com/ggml-org/llama.cpp, <c>src/llama-model.cpp</c> and <c>convert_hf_to_gguf.py</c>).
/// </summary>
/// <param name="Name">The value, which is also the prefix of the architecture's own keys.</param>
/// <param name="ModelTypes">What <c>model_type</c> is in the configurations of the models that are stored so; the first where nothing tells them apart.</param>
public sealed record GgufArchitecture(string Name, params ImmutableArray<string> ModelTypes)
{
    /// <summary>The tensor that divides rotary frequencies.</summary>
    public const string RopeDivisors = "rope_freqs.weight";

    /// <summary>Llama, Mistral and Mixtral, which are one architecture to llama.cpp.</summary>
    public static GgufArchitecture Llama { get; } = new("llama", "llama", "mistral", "mixtral") { Interleaves = true };

    /// <summary>Falcon.</summary>
    public static GgufArchitecture Falcon { get; } = new("falcon", "falcon") { EpsilonKey = "attention.layer_norm_epsilon" };

    // Ordered by name.
    private static readonly ImmutableArray<GgufArchitecture> All =
    [
        Falcon,
        new("gemma", "gemma") { AddsOne = true },
        new("gemma2", "gemma2") { AddsOne = true, WindowPeriod = 2, WideLayers = 46 },
        new("gemma3", "gemma3_text", "gemma3") { AddsOne = true, WindowPeriod = 6, WideLayers = 62, HasLocalRope = true },
        Llama,
        new("qwen2", "qwen2"),
        new("qwen3", "qwen3"),
        new("qwen3moe", "qwen3_moe"),
    ];

    /// <summary>The names of all architectures, for messages.</summary>
    public static string Names => string.Join(", ", All.Select(static architecture => architecture.Name));

    /// <summary>The key of the number that norms add, behind the prefix.</summary>
    public string EpsilonKey { get; private init; } = "attention.layer_norm_rms_epsilon";

    /// <summary>Whether rows of q and k are stored so that the elements of a rotary pair are neighbours.</summary>
    public bool Interleaves { get; private init; }

    /// <summary>Whether norms are stored with the one added that Hugging Face models leave out.</summary>
    public bool AddsOne { get; private init; }

    /// <summary>The last of each so many layers attends to all positions, the others to a window; 0 where all layers are alike.</summary>
    public int WindowPeriod { get; private init; }

    /// <summary>Layers of the one size whose scores are divided by the root of hidden size / heads instead of a head's elements; 0 where there is none.</summary>
    public int WideLayers { get; private init; }

    /// <summary>Whether layers with a window have a rotary base of their own.</summary>
    public bool HasLocalRope { get; private init; }

    /// <summary>The architecture of a name, or null.</summary>
    /// <param name="name">The value of <c>general.architecture</c>.</param>
    public static GgufArchitecture? Find(string name) => All.FirstOrDefault(architecture => architecture.Name == name);

    /// <summary>The architecture as which a model is stored, or null.</summary>
    /// <param name="modelType">What <c>model_type</c> is in its configuration.</param>
    public static GgufArchitecture? OfModel(string modelType) => All.FirstOrDefault(architecture => architecture.ModelTypes.Contains(modelType));

    /// <summary>Whether a layer attends to a window only, in a model that has one.</summary>
    /// <param name="layer">The layer, from 0.</param>
    public bool Slides(int layer) => WindowPeriod == 0 || layer % WindowPeriod != WindowPeriod - 1;

    /// <summary>What a score is divided by is the root of this.</summary>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="hidden">Elements of the residual stream.</param>
    /// <param name="heads">Query heads, more than 0.</param>
    /// <param name="headDimension">Elements of a head.</param>
    public long QueryScalar(long layers, long hidden, long heads, long headDimension) => layers == WideLayers ? hidden / heads : headDimension;
}
