using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Tests.Gguf;

/// <summary>
/// A folder of a Hugging Face model as llama.cpp's <c>convert_hf_to_gguf.py</c> stores it: names, keys and layouts written out here a second time, by hand, so
/// that reader and exporter are held to them.
/// </summary>
internal static partial class FamilyGguf
{
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["model.embed_tokens"] = "token_embd", ["model.norm"] = "output_norm", ["lm_head"] = "output",
        ["transformer.word_embeddings"] = "token_embd", ["transformer.ln_f"] = "output_norm",
        ["input_layernorm"] = "attn_norm", ["post_attention_layernorm"] = "ffn_norm",
        ["self_attn.q_proj"] = "attn_q", ["self_attn.k_proj"] = "attn_k", ["self_attn.v_proj"] = "attn_v", ["self_attn.o_proj"] = "attn_output",
        ["self_attn.q_norm"] = "attn_q_norm", ["self_attn.k_norm"] = "attn_k_norm",
        ["mlp.gate_proj"] = "ffn_gate", ["mlp.up_proj"] = "ffn_up", ["mlp.down_proj"] = "ffn_down",
        ["mlp.gate"] = "ffn_gate_inp", ["block_sparse_moe.gate"] = "ffn_gate_inp",
        ["gate_proj"] = "ffn_gate", ["up_proj"] = "ffn_up", ["down_proj"] = "ffn_down", ["w1"] = "ffn_gate", ["w3"] = "ffn_up", ["w2"] = "ffn_down",
        ["ln_attn"] = "attn_norm_2", ["ln_mlp"] = "attn_norm",
        ["self_attention.query_key_value"] = "attn_qkv", ["self_attention.dense"] = "attn_output",
        ["mlp.dense_h_to_4h"] = "ffn_up", ["mlp.dense_4h_to_h"] = "ffn_down",
    };

    // Gemma 2 and 3 have four norms, of which one has another family's name.
    private static readonly Dictionary<string, string> Sandwich = new(Names, StringComparer.Ordinal)
    {
        ["post_attention_layernorm"] = "post_attention_norm", ["pre_feedforward_layernorm"] = "ffn_norm", ["post_feedforward_layernorm"] = "post_ffw_norm",
    };

    /// <summary>Writes the file.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="path">The file.</param>
    /// <param name="type">What matrices become.</param>
    /// <param name="isOlder">Whether each expert has tensors of its own, as in the first files of Mixtral.</param>
    public static void Write(string folder, string path, MatrixType type = MatrixType.Single, bool isOlder = false)
    {
        using ModelFolder model = ModelFolder.Open(folder);
        using JsonDocument document = JsonDocument.Parse(model.Texts.Config);
        JsonElement config = document.RootElement;
        var tensors = new SortedDictionary<string, List<TensorView>>(StringComparer.Ordinal);
        foreach (TensorView tensor in model.Tensors.OrderBy(static tensor => tensor.Name.Length).ThenBy(static tensor => tensor.Name, StringComparer.Ordinal))
        {
            string name = NameOf(tensor.Name, model.Config.Structure == LayerStructure.Sandwich ? Sandwich : Names, isOlder);
            if (!tensors.TryGetValue(name, out List<TensorView>? all)) tensors.Add(name, all = []);
            all.Add(tensor);
        }

        List<GgufContent> contents = [.. tensors.Select(pair => Content(pair.Key, pair.Value, model.Config, type))];
        if (config.GetProperty("rope_parameters").TryGetProperty("rope_type", out JsonElement scaling) && scaling.GetString() == "llama3") contents.Add(Divisors(config));
        GgufWriter.Write(path, FamilyMetadata.Of(config), contents);
    }

    private static string NameOf(string name, Dictionary<string, string> names, bool isOlder)
    {
        string stem = name[..name.LastIndexOf('.')], suffix = name[name.LastIndexOf('.')..];
        Match layer = InLayer().Match(stem);
        if (!layer.Success) return names[stem] + suffix;
        Match expert = OfExpert().Match(layer.Groups["rest"].Value);
        string rest = expert.Success
            ? names[expert.Groups["matrix"].Value] + (isOlder ? "." + expert.Groups["expert"].Value : "_exps")
            : names[layer.Groups["rest"].Value];
        return $"blk.{layer.Groups["layer"].Value}.{rest}{suffix}";
    }

    private static GgufContent Content(string name, List<TensorView> parts, ModelConfig config, MatrixType type)
    {
        if (parts[0].Shape.Length != 2 || name.Contains("ffn_gate_inp", StringComparison.Ordinal)) type = MatrixType.Single;
        float[] values = [.. parts.SelectMany(part => Rows(name, part, config))];
        if (type == MatrixType.Rounded) values = [.. values.Select(static value => (float)(Half)value)];
        bool isWide = type != MatrixType.Half;
        byte[] bytes = isWide ? MemoryMarshal.AsBytes(values.AsSpan()).ToArray() : MemoryMarshal.AsBytes([.. values.Select(static value => (Half)value)]).ToArray();
        return new GgufContent(name, isWide ? 0u : 1u, name.Contains("_exps", StringComparison.Ordinal) ? [parts.Count, .. parts[0].Shape] : parts[0].Shape, bytes.Length, sink => sink.Write(bytes));
    }

    private static float[] Rows(string name, TensorView tensor, ModelConfig config)
    {
        float[] values = new float[tensor.Elements];
        tensor.ReadFloats(0, values);
        if (config.ModelType.StartsWith("gemma", StringComparison.Ordinal) && name.Contains("norm", StringComparison.Ordinal)) return [.. values.Select(static value => value + 1)];
        int width = tensor.Shape.Length == 2 ? (int)tensor.Shape[1] : 1, head = config.HeadDimension * width;
        float[][] heads = [.. values.Chunk(head)];

        // n_head × 2 × half becomes n_head × half × 2, in the architecture that turns neighbours.
        if (config.ModelType is "llama" or "mistral" or "mixtral" && (name.Contains(".attn_q.", StringComparison.Ordinal) || name.Contains(".attn_k.", StringComparison.Ordinal)))
        {
            return
            [
                .. heads.SelectMany(rows => Enumerable.Range(0, config.HeadDimension)
                    .SelectMany(row => rows.Skip(((row % 2 * config.HeadDimension / 2) + (row / 2)) * width).Take(width))),
            ];
        }

        if (!name.Contains(".attn_qkv.", StringComparison.Ordinal)) return values;
        int queries = config.Heads / config.KeyValueHeads;
        float[][][] groups = [.. heads.Chunk(queries + 2)];
        return [.. groups.SelectMany(group => group[..queries]).Concat(groups.Select(group => group[queries])).Concat(groups.Select(group => group[queries + 1])).SelectMany(static rows => rows)];
    }

    private static GgufContent Divisors(JsonElement config)
    {
        JsonElement rope = config.GetProperty("rope_parameters");
        double Number(string field) => rope.GetProperty(field).GetDouble();
        double low = Number("low_freq_factor"), high = Number("high_freq_factor"), factor = Number("factor"), original = Number("original_max_position_embeddings");
        int dimension = config.GetProperty("head_dim").GetInt32();
        float[] divisors =
        [
            .. Enumerable.Range(0, dimension / 2).Select(pair =>
            {
                double wavelength = 2 * Math.PI * Math.Pow(Number("rope_theta"), 2.0 * pair / dimension);
                if (wavelength < original / high) return 1f;
                if (wavelength > original / low) return (float)factor;
                double smooth = ((original / wavelength) - low) / (high - low);
                return (float)(1 / (((1 - smooth) / factor) + smooth));
            }),
        ];
        return new GgufContent("rope_freqs.weight", 0, [divisors.Length], divisors.Length * sizeof(float), sink => sink.Write(MemoryMarshal.AsBytes(divisors.AsSpan())));
    }

    [GeneratedRegex(@"^(model\.layers|transformer\.h)\.(?<layer>\d+)\.(?<rest>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex InLayer();

    [GeneratedRegex(@"\.experts\.(?<expert>\d+)\.(?<matrix>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex OfExpert();
}

/// <summary>What matrices become in a file.</summary>
internal enum MatrixType
{
    /// <summary>Float32, as they are.</summary>
    Single = 0,

    /// <summary>Float16.</summary>
    Half = 1,

    /// <summary>Float32 that float16 could hold.</summary>
    Rounded = 2,
}
