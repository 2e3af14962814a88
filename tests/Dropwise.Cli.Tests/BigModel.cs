using System.Text;

namespace Dropwise.Cli.Tests;

/// <summary>
/// A folder of bfloat16 shards in the shapes of Llama-2-13B, with as few layers as make the size. Weights repeat a pattern of a megabyte, because
/// only their number matters; a shard is one layer.
/// </summary>
internal static class BigModel
{
    private const int Hidden = 5120;
    private const int Intermediate = 13824;
    private const int Vocabulary = 4096;
    private static readonly byte[] Pattern = MakePattern();

    /// <summary>Bytes of one layer.</summary>
    public const long LayerBytes = 2L * ((4L * Hidden * Hidden) + (3L * Hidden * Intermediate));

    /// <summary>Writes the folder.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="layers">Layers.</param>
    /// <returns>Its path.</returns>
    public static string Create(TemporaryFolder folder, int layers)
    {
        string path = Directory.CreateDirectory(folder.Combine("big")).FullName;
        File.WriteAllText(Path.Combine(path, "config.json"), $$"""
            {"model_type":"llama","hidden_size":{{Hidden}},"intermediate_size":{{Intermediate}},"num_hidden_layers":{{layers}},"num_attention_heads":40,
            "vocab_size":{{Vocabulary}},"tie_word_embeddings":true,"torch_dtype":"bfloat16"}
            """);
        var shardOf = new List<(string Tensor, string Shard)>();
        Write("shared.safetensors", [("model.embed_tokens.weight", [Vocabulary, Hidden]), ("model.norm.weight", [Hidden])]);
        for (int i = 0; i < layers; i++) Write($"layer-{i}.safetensors", [.. Layer($"model.layers.{i}.")]);
        string map = string.Join(',', shardOf.Select(static pair => $"\"{pair.Tensor}\":\"{pair.Shard}\""));
        File.WriteAllText(Path.Combine(path, "model.safetensors.index.json"), "{\"weight_map\":{" + map + "}}");
        return path;

        void Write(string shard, (string Name, long[] Shape)[] tensors)
        {
            WriteShard(Path.Combine(path, shard), tensors);
            shardOf.AddRange(tensors.Select(tensor => (tensor.Name, shard)));
        }
    }

    /// <summary>Skips the test where there is no room for its files.</summary>
    /// <param name="folder">Where they will be.</param>
    /// <param name="bytes">What they need.</param>
    public static void RequireRoom(TemporaryFolder folder, long bytes)
    {
        long free = new DriveInfo(folder.Path).AvailableFreeSpace;
        Assert.SkipUnless(free > bytes, $"{folder.Path} has {free >> 20} MiB free; this test needs {bytes >> 20}");
    }

    private static IEnumerable<(string Name, long[] Shape)> Layer(string prefix)
    {
        foreach (string name in (string[])["q", "k", "v", "o"]) yield return ($"{prefix}self_attn.{name}_proj.weight", [Hidden, Hidden]);
        foreach (string name in (string[])["gate", "up"]) yield return ($"{prefix}mlp.{name}_proj.weight", [Intermediate, Hidden]);
        yield return ($"{prefix}mlp.down_proj.weight", [Hidden, Intermediate]);
        foreach (string name in (string[])["input", "post_attention"]) yield return ($"{prefix}{name}_layernorm.weight", [Hidden]);
    }

    private static void WriteShard(string path, (string Name, long[] Shape)[] tensors)
    {
        var header = new StringBuilder("{");
        long end = 0;
        foreach ((string name, long[] shape) in tensors)
        {
            long start = end;
            end += shape.Aggregate(2L, static (a, b) => a * b);
            header.Append(header.Length == 1 ? "" : ",").Append($"\"{name}\":{{\"dtype\":\"BF16\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{start},{end}]}}");
        }

        byte[] json = Encoding.UTF8.GetBytes(header.Append('}').ToString());
        using FileStream file = File.Create(path);
        file.Write(BitConverter.GetBytes((long)json.Length));
        file.Write(json);
        for (long written = 0; written < end; written += Pattern.Length) file.Write(Pattern, 0, (int)Math.Min(Pattern.Length, end - written));
    }

    // Uniform values of a spread that weights have.
    private static byte[] MakePattern()
    {
        var random = new Random(3);
        byte[] pattern = new byte[1 << 20];
        for (int i = 0; i < pattern.Length; i += 2)
            BitConverter.TryWriteBytes(pattern.AsSpan(i), (ushort)(BitConverter.SingleToUInt32Bits((random.NextSingle() - 0.5f) * 0.05f) >> 16));
        return pattern;
    }
}
