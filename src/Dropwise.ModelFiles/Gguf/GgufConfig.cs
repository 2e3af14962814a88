using System.Text;
using System.Text.Json;

namespace Dropwise.ModelFiles;

/// <summary>
/// The metadata of a GGUF file as the <c>config.json</c> that the model would have in a Hugging Face folder, so that one reader decides what is
/// supported, and a checkpoint that is quantized from the file carries its configuration as any other does.
/// </summary>
internal sealed class GgufConfig
{
    /// <summary>The key of the architecture, which is also the prefix of its own keys.</summary>
    public const string ArchitectureKey = "general.architecture";

    // llama.cpp stores the rows of these architectures' q and k so that the elements of a rotary pair are neighbours.
    private static readonly string[] Interleaved = ["llama"];

    // Everything but the factor is the same in all models of Llama 3.1 and later, whose files keep only the resulting divisors.
    private const double LowFrequencyFactor = 1;
    private const double HighFrequencyFactor = 4;
    private const int OriginalPositions = 8192;
    private const double DivisorTolerance = 1e-3;

    private readonly string _path;
    private readonly GgufMetadata _metadata;
    private readonly string _architecture;

    private GgufConfig(string path, GgufMetadata metadata)
    {
        _path = path;
        _metadata = metadata;
        _architecture = metadata[ArchitectureKey].Text();
    }

    /// <summary>Writes the text of a configuration.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="metadata">Its metadata.</param>
    /// <param name="tied">Whether the file has no head of its own.</param>
    /// <param name="ropeDivisors">The tensor <c>rope_freqs.weight</c>, or null.</param>
    /// <exception cref="ModelFileException">A key is missing or of another type, or the rotary scaling is not supported.</exception>
    public static string Write(string path, GgufMetadata metadata, bool tied, TensorView? ropeDivisors)
    {
        var config = new GgufConfig(path, metadata);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true })) config.Write(json, tied, ropeDivisors);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private void Write(Utf8JsonWriter json, bool tied, TensorView? ropeDivisors)
    {
        json.WriteStartObject();
        json.WriteString("model_type", _architecture);
        Integer(json, "hidden_size", "embedding_length");
        Integer(json, "intermediate_size", "feed_forward_length");
        Integer(json, "num_hidden_layers", "block_count");
        Integer(json, "num_attention_heads", "attention.head_count");
        Integer(json, "num_key_value_heads", "attention.head_count_kv");
        Integer(json, "head_dim", "attention.key_length");
        Integer(json, "max_position_embeddings", "context_length");
        if (Find("vocab_size") is { } vocabulary) json.WriteNumber("vocab_size", vocabulary.Integer());
        else if (_metadata.Find("tokenizer.ggml.tokens") is { } tokens) json.WriteNumber("vocab_size", tokens.Count);

        // Written as the nearest decimal of a float32, so that 1e-5 does not become 9.999999747378752e-06.
        if (Find("attention.layer_norm_rms_epsilon") is { } epsilon) json.WriteNumber("rms_norm_eps", (float)epsilon.Number());
        json.WriteBoolean("tie_word_embeddings", tied);
        if (_metadata.Find("tokenizer.ggml.bos_token_id") is { } begin) json.WriteNumber("bos_token_id", begin.Integer());
        EndTokens(json);
        if (Interleaved.Contains(_architecture)) json.WriteBoolean("rope_interleave", true);
        Rope(json, ropeDivisors);
        json.WriteEndObject();
    }

    private GgufValue? Find(string key) => _metadata.Find($"{_architecture}.{key}");

    private void Integer(Utf8JsonWriter json, string field, string key)
    {
        if (Find(key) is { } value) json.WriteNumber(field, value.Integer());
    }

    private void EndTokens(Utf8JsonWriter json)
    {
        long[] ends = [.. new[] { "eos", "eot", "eom" }.Select(name => _metadata.Find($"tokenizer.ggml.{name}_token_id")).OfType<GgufValue>().Select(static v => v.Integer()).Distinct()];
        if (ends.Length == 0) return;
        json.WriteStartArray("eos_token_id");
        foreach (long end in ends) json.WriteNumberValue(end);
        json.WriteEndArray();
    }

    private void Rope(Utf8JsonWriter json, TensorView? divisors)
    {
        double theta = Find("rope.freq_base")?.Number() ?? 10000;
        json.WriteStartObject("rope_parameters");
        json.WriteNumber("rope_theta", theta);
        string kind = Find("rope.scaling.type")?.Text() ?? "none";
        if (divisors is not null)
        {
            WriteLlama3(json, theta, divisors);
        }
        else
        {
            json.WriteString("rope_type", kind == "none" ? "default" : kind);
            if (Find("rope.scaling.factor") is { } factor) json.WriteNumber("factor", factor.Number());
            if (Find("rope.scaling.original_context_length") is { } positions) json.WriteNumber("original_max_position_embeddings", positions.Integer());
        }

        json.WriteEndObject();
    }

    // The largest divisor is the factor; the others must then be what the scaling gives.
    private void WriteLlama3(Utf8JsonWriter json, double theta, TensorView divisors)
    {
        if (divisors.Elements is 0 or > int.MaxValue / 2) throw new ModelFileException(_path, divisors.Name, $"has {divisors.Elements} elements");
        float[] stored = new float[divisors.Elements];
        divisors.ReadFloats(0, stored);
        double factor = stored.Max();
        for (int i = 0; i < stored.Length; i++)
        {
            double turns = OriginalPositions * Math.Pow(theta, -(double)i / stored.Length) / (2 * Math.PI);
            double kept = Math.Clamp((turns - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor), 0, 1);
            double expected = 1 / (((1 - kept) / factor) + kept);
            if (!(Math.Abs(stored[i] - expected) <= DivisorTolerance * expected))
                throw new ModelFileException(_path, divisors.Name, FormattableString.Invariant($"divides frequency {i} by {stored[i]}, where Llama 3's scaling by {factor} divides by {expected:G6}: not supported"));
        }

        json.WriteString("rope_type", "llama3");
        json.WriteNumber("factor", factor);
        json.WriteNumber("low_freq_factor", LowFrequencyFactor);
        json.WriteNumber("high_freq_factor", HighFrequencyFactor);
        json.WriteNumber("original_max_position_embeddings", OriginalPositions);
    }
}
