using System.Text;
using System.Text.Json;

namespace Dropwise.ModelFiles;

/// <summary>
/// The metadata of a GGUF file as the <c>config.json</c> that the model would have in a Hugging Face folder, so that one reader decides what is
/// supported, and a checkpoint that is quantized from the file carries its configuration as any other does.
/// </summary>
internal sealed class GgufConfig
{
    // That of heads of as many elements as a matrix may have rows, and far below any model's.
    private const double LeastAttentionScale = 1e-5;

    private readonly string _path;
    private readonly GgufMetadata _metadata;
    private readonly IReadOnlyDictionary<string, GgufTensor> _tensors;
    private readonly GgufArchitecture _architecture;
    private readonly Utf8JsonWriter _json;

    private GgufConfig(string path, GgufMetadata metadata, IReadOnlyDictionary<string, GgufTensor> tensors, Utf8JsonWriter json)
    {
        _path = path;
        _metadata = metadata;
        _tensors = tensors;
        _json = json;
        string name = metadata[GgufKeys.Architecture].Text();
        _architecture = GgufArchitecture.Find(name)
            ?? throw new ModelFileException(path, $"key '{GgufKeys.Architecture}' is '{name}'; supported are {GgufArchitecture.Names}");
    }

    /// <summary>Writes the text of a configuration.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="metadata">Its metadata.</param>
    /// <param name="tensors">Its tensors by their names in the file: some say what no key does.</param>
    /// <exception cref="ModelFileException">A key is missing or of another type, or the model is of a kind that is not supported.</exception>
    public static string Write(string path, GgufMetadata metadata, IReadOnlyDictionary<string, GgufTensor> tensors)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true })) new GgufConfig(path, metadata, tensors, json).Write();
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private void Write()
    {
        _json.WriteStartObject();
        _json.WriteString("model_type", ModelType());
        Integer("hidden_size", GgufKeys.Embedding);
        Integer(_architecture == GgufArchitecture.Falcon ? "ffn_hidden_size" : "intermediate_size", GgufKeys.FeedForward);
        Integer("num_hidden_layers", GgufKeys.Layers);
        Integer("num_attention_heads", GgufKeys.Heads);
        Integer(_architecture == GgufArchitecture.Falcon ? "num_kv_heads" : "num_key_value_heads", GgufKeys.KeyValueHeads);
        Integer("head_dim", GgufKeys.KeyLength);
        Integer("max_position_embeddings", GgufKeys.Context);
        if (VocabularySize() is { } vocabulary) _json.WriteNumber("vocab_size", vocabulary);

        // Written as the nearest decimal of a float32, so that 1e-5 does not become 9.999999747378752e-06.
        if (Find(_architecture.EpsilonKey) is { } epsilon)
            _json.WriteNumber(_architecture == GgufArchitecture.Falcon ? "layer_norm_epsilon" : "rms_norm_eps", (float)epsilon.Number());
        _json.WriteBoolean("tie_word_embeddings", !_tensors.ContainsKey("output.weight"));
        if (_metadata.Find("tokenizer.ggml.bos_token_id") is { } begin) _json.WriteNumber("bos_token_id", begin.Integer());
        EndTokens();
        Biases();
        Experts();
        Windows();
        if (_architecture.AddsOne) Gemma();
        if (_architecture == GgufArchitecture.Falcon) Falcon();
        RequireWholeHeads();
        new GgufRope(_path, _architecture, _metadata, _json).Write(_tensors.GetValueOrDefault(GgufArchitecture.RopeDivisors));
        _json.WriteEndObject();
    }

    private GgufValue? Find(string key) => _metadata.Find($"{_architecture.Name}.{key}");

    private long? Integer(string key) => Find(key)?.Integer();

    private void Integer(string field, string key)
    {
        if (Integer(key) is { } value) _json.WriteNumber(field, value);
    }

    // Llama.cpp stores Mistral and Mixtral as what they are beside their windows and experts: llama.
    private string ModelType() => _architecture != GgufArchitecture.Llama ? _architecture.ModelTypes[0]
        : Integer(GgufKeys.ExpertCount) > 0 ? "mixtral"
        : Integer(GgufKeys.Window) > 0 ? "mistral"
        : "llama";

    private long? VocabularySize() => Integer(GgufKeys.Vocabulary)
        ?? (_tensors.TryGetValue("token_embd.weight", out GgufTensor? embedding) && embedding.Shape.Length == 2 ? embedding.Shape[0] : default(long?))
        ?? _metadata.Find("tokenizer.ggml.tokens")?.Count;

    private void EndTokens()
    {
        long[] ends = [.. new[] { "eos", "eot", "eom" }.Select(name => _metadata.Find($"tokenizer.ggml.{name}_token_id")).OfType<GgufValue>().Select(static v => v.Integer()).Distinct()];
        if (ends.Length == 0) return;
        _json.WriteStartArray("eos_token_id");
        foreach (long end in ends) _json.WriteNumberValue(end);
        _json.WriteEndArray();
    }

    // No key says that there are any, but where the first layer has them, all have.
    private void Biases()
    {
        if (_tensors.ContainsKey("blk.0.attn_q.bias")) _json.WriteBoolean("attention_bias", true);
        if (_tensors.ContainsKey("blk.0.ffn_up.bias")) _json.WriteBoolean("mlp_bias", true);
        if (_tensors.ContainsKey("blk.0.attn_qkv.bias")) _json.WriteBoolean("bias", true);
    }

    private void Experts()
    {
        Integer("num_local_experts", GgufKeys.ExpertCount);
        Integer("num_experts_per_tok", GgufKeys.ExpertsUsed);
        Integer("moe_intermediate_size", GgufKeys.ExpertFeedForward);

        // Llama.cpp makes the weights of a token's experts sum to one in all of these architectures, whatever a file says.
        if (Integer(GgufKeys.ExpertCount) > 0) _json.WriteBoolean("norm_topk_prob", true);
    }

    private void Windows()
    {
        long window = Integer(GgufKeys.Window) ?? 0;
        if (window > 0) _json.WriteNumber("sliding_window", window);
        if (_architecture.WindowPeriod == 0) return;

        // The key holds a flag a layer, or a period as the architecture has one; both are newer than the architectures.
        GgufValue? pattern = Find(GgufKeys.WindowPattern);
        long[] flags = pattern is { Type: GgufValueType.Array } ? [.. pattern.Integers()] : [];
        long period = pattern is null or { Type: GgufValueType.Array } ? _architecture.WindowPeriod : pattern.Integer();
        long layers = flags.Length > 0 ? flags.Length : Integer(GgufKeys.Layers) ?? 0;

        // What a header claims is no reason to write megabytes: more layers than tensors are refused when the first is missing.
        _json.WriteStartArray("layer_types");
        for (int layer = 0; layer < Math.Min(layers, _tensors.Count); layer++)
        {
            bool slides = flags.Length > 0 ? flags[layer] != 0 : period == 0 || layer % period < period - 1;
            _json.WriteStringValue(slides && window > 0 ? DecoderFields.Sliding : DecoderFields.Full);
        }

        _json.WriteEndArray();
    }

    private void Gemma()
    {
        _json.WriteBoolean(GemmaConfig.OffsetField, false);
        if (Find(GgufKeys.AttentionCap) is { } attention) _json.WriteNumber("attn_logit_softcapping", attention.Number());
        if (Find(GgufKeys.FinalCap) is { } final) _json.WriteNumber("final_logit_softcapping", final.Number());
        if (_architecture.WindowPeriod == 0) return;
        if (Find(GgufKeys.AttentionScale)?.Number() is { } scale and not 0)
        {
            if (Math.Abs(scale) < LeastAttentionScale) throw new ModelFileException(_path, FormattableString.Invariant($"key '{_architecture.Name}.{GgufKeys.AttentionScale}' is {scale}"));
            _json.WriteNumber("query_pre_attn_scalar", 1 / (scale * scale));
            return;
        }

        if (Integer(GgufKeys.Heads) is not ({ } heads and > 0) || Integer(GgufKeys.Embedding) is not { } hidden) return;
        _json.WriteNumber("query_pre_attn_scalar", _architecture.QueryScalar(Integer(GgufKeys.Layers) ?? 0, hidden, heads, Integer(GgufKeys.KeyLength) ?? hidden / heads));
    }

    // Rows of q, k and v are brought in order when a file is written, so that it does not matter in which of its forms the model was.
    private void Falcon()
    {
        _json.WriteBoolean("new_decoder_architecture", true);
        _json.WriteNumber("num_ln_in_parallel_attn", _tensors.ContainsKey("blk.0.attn_norm_2.weight") ? 2 : 1);
        _json.WriteBoolean(FalconConfig.GroupedField, false);
    }

    private void RequireWholeHeads()
    {
        if (Integer(GgufKeys.Embedding) is not { } hidden || Integer(GgufKeys.Heads) is not ({ } heads and > 0)) return;
        long head = Integer(GgufKeys.KeyLength) ?? hidden / heads;
        foreach (string key in (ReadOnlySpan<string>)[GgufKeys.ValueLength, GgufKeys.RopeDimension])
        {
            if (Integer(key) is { } length && length != head)
                throw new ModelFileException(_path, $"key '{_architecture.Name}.{key}' is {length} where a head has {head} elements: not supported");
        }
    }
}
