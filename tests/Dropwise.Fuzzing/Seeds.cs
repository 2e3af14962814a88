using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.ModelFiles;
using Dropwise.ModelFiles.Tests.Gguf;
using Dropwise.Quantization.Models;
using Dropwise.Tokenization.Tests;

namespace Dropwise.Fuzzing;

/// <summary>Valid files of a few kilobytes, one of each kind that a reader tells apart: what a fuzzer changes.</summary>
internal static class Seeds
{
    private const int Hidden = 32;
    private const int Vocabulary = 264;

    private static readonly string[] Linears =
    [
        "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj",
    ];

    private static readonly FormatRegistry Registry = new([.. FormatTable.Rows]);

    /// <summary>Writes the files, a folder a target.</summary>
    /// <param name="folder">Where to.</param>
    public static void Write(string folder)
    {
        string Of(string target, string name) => Path.Combine(Directory.CreateDirectory(Path.Combine(folder, target)).FullName, name);
        File.WriteAllBytes(Of("gguf", "header"), RawGguf.Valid().Bytes);
        foreach (string architecture in (string[])["llama", "qwen3moe", "gemma2", "gemma3", "falcon"]) WriteGguf(Of("gguf", architecture), architecture);
        WriteSafetensors(Of("safetensors", "plain"), []);
        foreach (string format in (string[])["int4g32", "spqr3", "dbd4x8g8h"]) WriteCheckpoint(Of("safetensors", format), format);
        File.WriteAllText(Of("tokenizer", "byte-level"), SmallTokenizer.ByteLevel().ToJsonString());
        File.WriteAllText(Of("tokenizer", "byte-fallback"), SmallTokenizer.ByteFallback().ToJsonString());
        File.WriteAllText(Of("tokenizer", "steps"), Steps);
    }

    // Every kind of step that a tokenizer.json may name, in one.
    private const string Steps =
        """
        {"added_tokens": [{"id": 4, "content": "<x>", "lstrip": true, "rstrip": true, "single_word": true, "normalized": true}],
         "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"String": "b"}, "content": "a"}, {"type": "Prepend", "prepend": "▁"}]},
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
           {"type": "Split", "pattern": {"Regex": "\\s?\\p{L}{1,3}"}, "behavior": "MergedWithNext", "invert": true},
           {"type": "Digits", "individual_digits": true}, {"type": "Punctuation", "behavior": "Contiguous"}]},
         "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<x>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
           "pair": [], "special_tokens": {"<x>": {"id": "<x>", "ids": [4], "tokens": ["<x>"]}}},
         "decoder": {"type": "Sequence", "decoders": [{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}, {"type": "ByteFallback"}, {"type": "Fuse"}]},
         "model": {"type": "BPE", "ignore_merges": true, "vocab": {"a": 0, "b": 1, "aa": 2, "?": 3}, "merges": [["a", "a"]], "unk_token": "?", "fuse_unk": true}}
        """;

    private static void WriteGguf(string path, string architecture)
    {
        var metadata = new GgufMetadataBuilder();
        metadata.Text("general.architecture", architecture);
        foreach ((string key, int value) in (ReadOnlySpan<(string, int)>)
            [
                ("embedding_length", Hidden), ("feed_forward_length", Hidden), ("context_length", 64), ("block_count", 1), ("attention.head_count", 2),
                ("attention.head_count_kv", 1), ("attention.key_length", 16), ("attention.sliding_window", 8), ("expert_count", 2), ("expert_used_count", 1),
                ("expert_feed_forward_length", Hidden),
            ])
        {
            metadata.Integer($"{architecture}.{key}", value);
        }

        metadata.Text($"{architecture}.rope.scaling.type", "yarn");
        metadata.Number($"{architecture}.rope.scaling.factor", 4);
        metadata.Text("tokenizer.ggml.model", architecture == "llama" ? "llama" : "gpt2");
        metadata.Text("tokenizer.ggml.pre", "qwen2");
        metadata.Texts("tokenizer.ggml.tokens", ["a", "b", "ab", "<s>", "▁", "<0x0A>"]);
        metadata.Integers("tokenizer.ggml.token_type", [1, 1, 1, 3, 1, 6]);
        metadata.Texts("tokenizer.ggml.merges", ["a b"]);
        metadata.Integer("tokenizer.ggml.bos_token_id", 3);
        GgufWriter.Write(path, metadata,
        [
            Zeros("token_embd.weight", 6, Hidden), Zeros("output_norm.weight", Hidden), Zeros("blk.0.attn_q.weight", Hidden, Hidden), Zeros("blk.0.ffn_up_exps.weight", 2, Hidden, Hidden),
            Zeros("blk.0.attn_qkv.weight", 2, Hidden), Blocks("blk.0.ffn_down.weight"), Zeros("rope_freqs.weight", 8),
        ]);
    }

    private static GgufContent Zeros(string name, params ImmutableArray<long> shape)
    {
        int bytes = (int)shape.Aggregate(1L, static (product, size) => product * size) * sizeof(float);
        return new GgufContent(name, 0, shape, bytes, sink => sink.Write(new byte[bytes]));
    }

    // Two blocks of q4_0.
    private static GgufContent Blocks(string name) => new(name, 2, [2, Hidden], 36, static sink => sink.Write(new byte[36]));

    private static void WriteSafetensors(string path, ImmutableArray<KeyValuePair<string, string>> metadata)
    {
        var tensors = new List<TensorContent> { Tensor("model.embed_tokens.weight", Vocabulary, Hidden), Tensor("model.norm.weight", Hidden) };
        foreach (string norm in (string[])["input_layernorm", "post_attention_layernorm"]) tensors.Add(Tensor($"model.layers.0.{norm}.weight", Hidden));
        tensors.AddRange(Linears.Select(static linear => Tensor($"model.layers.0.{linear}.weight", Hidden, Hidden)));
        SafetensorsWriter.Write(path, tensors, metadata);
    }

    private static TensorContent Tensor(string name, params ImmutableArray<long> shape)
    {
        byte[] bytes = new byte[(int)shape.Aggregate(1L, static (product, size) => product * size) * sizeof(ushort)];
        new Random(1).NextBytes(bytes);

        // A number near one in bfloat16, whatever the low byte is.
        for (int i = 1; i < bytes.Length; i += 2) bytes[i] = 0x3F;
        return new TensorContent(name, TensorType.BFloat16, shape, sink => sink.Write(bytes));
    }

    private static void WriteCheckpoint(string path, string format)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("dropwise-seeds-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "config.json"), $$"""
                {"model_type": "llama", "hidden_size": {{Hidden}}, "intermediate_size": {{Hidden}}, "num_hidden_layers": 1, "num_attention_heads": 2,
                 "vocab_size": {{Vocabulary}}, "max_position_embeddings": 64, "tie_word_embeddings": true}
                """);
            WriteSafetensors(Path.Combine(folder.FullName, "model.safetensors"), []);
            using ModelFolder source = ModelFolder.Open(folder.FullName);
            ModelQuantizer.Quantize(source, path, new ModelQuantizationOptions { Format = Registry[format] }, null, CancellationToken.None);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
