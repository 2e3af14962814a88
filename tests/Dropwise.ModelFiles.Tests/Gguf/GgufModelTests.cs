using Dropwise.Cpu;
using Dropwise.Testing;

namespace Dropwise.ModelFiles.Tests.Gguf;

public sealed class GgufModelTests : IDisposable
{
    private static readonly FormatRegistry Registry = new(Formats.FormatTable.Rows);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_real_model_has_configuration_names_and_tokenizer()
    {
        using ModelSource model = ModelSource.OpenAny(TestData.Find("models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf"), Registry);
        Assert.IsType<GgufModel>(model);
        ModelConfig config = model.Config;
        Assert.Equal((576, 30, 9, 3, 64, 49152), (config.HiddenSize, config.Layers, config.Heads, config.KeyValueHeads, config.HeadDimension, config.VocabularySize));
        Assert.Equal(new RopeConfig(100000, null, Interleaved: true), config.Rope);
        Assert.Equal(1e-5, config.Norm.Epsilon);
        Assert.True(config.TiedEmbeddings);
        Assert.Equal((1, 2), (config.BeginToken, config.EndTokens.Single()));
        Assert.Equal("q8_0", model.Matrices["model.embed_tokens.weight"].Row.Descriptor.Name);
        Assert.Equal("q4_1", model.Matrices["model.layers.29.mlp.down_proj.weight"].Row.Descriptor.Name);
        Assert.Equal([576L], model.Tensors["model.layers.3.input_layernorm.weight"].Shape);
        Assert.Contains("\"ByteLevel\"", model.RequireTokenizer(), StringComparison.Ordinal);
        Assert.Contains("<|im_start|>", model.Texts.TokenizerConfig, StringComparison.Ordinal);
    }

    [Fact]
    public void A_split_model_opens_from_any_of_its_parts()
    {
        Write("m-00001-of-00002.gguf", 0, 2, Metadata, ("token_embd.weight", 8, 4), ("output_norm.weight", 4, 0));
        Write("m-00002-of-00002.gguf", 1, 2, static _ => { }, ("blk.0.attn_q.weight", 4, 4));
        foreach (string part in (string[])["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"])
        {
            using GgufModel model = GgufModel.Open(_folder[part], Registry);
            Assert.Equal(3, model.Contents.Count());
            Assert.Equal([4L, 4L], model.Tensors["model.layers.0.self_attn.q_proj.weight"].Shape);
        }
    }

    [Fact]
    public void A_missing_or_foreign_part_is_refused_by_name()
    {
        Write("m-00001-of-00002.gguf", 0, 2, Metadata, ("output_norm.weight", 4, 0));
        Assert.Contains("m-00002-of-00002.gguf: no such file", Refused("m-00001-of-00002.gguf"), StringComparison.Ordinal);
        Write("m-00002-of-00002.gguf", 5, 2, static _ => { }, ("t", 4, 0));
        Assert.Contains("m-00002-of-00002.gguf: is not part 2 of 2", Refused("m-00001-of-00002.gguf"), StringComparison.Ordinal);
        Write("other.gguf", 0, 2, Metadata, ("t", 4, 0));
        Assert.Contains("key 'split.count' is 2, but the file's name does not say so", Refused("other.gguf"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_an_architecture_is_refused()
    {
        Write("a.gguf", 0, 1, static _ => { }, ("t", 4, 0));
        Assert.Contains("lacks the key 'general.architecture'", Refused("a.gguf"), StringComparison.Ordinal);
    }

    private static void Metadata(GgufMetadataBuilder metadata)
    {
        metadata.Text("general.architecture", "llama");
        foreach (string key in (string[])["embedding_length", "feed_forward_length", "context_length", "vocab_size"]) metadata.Integer("llama." + key, 4);
        foreach (string key in (string[])["block_count", "attention.head_count"]) metadata.Integer("llama." + key, 1);
    }

    private void Write(string name, int part, int count, Action<GgufMetadataBuilder> more, params (string Name, int Columns, int Rows)[] tensors)
    {
        var metadata = new GgufMetadataBuilder();
        more(metadata);
        metadata.Integer("split.no", part);
        metadata.Integer("split.count", count);
        GgufWriter.Write(_folder[name], metadata, [.. tensors.Select(static tensor =>
        {
            int elements = tensor.Columns * Math.Max(tensor.Rows, 1);
            return new GgufContent(tensor.Name, 0, tensor.Rows == 0 ? [tensor.Columns] : [tensor.Rows, tensor.Columns], elements * sizeof(float), sink => sink.Write(new byte[elements * sizeof(float)]));
        })]);
    }

    private string Refused(string name) => Assert.Throws<ModelFileException>(() => GgufModel.Open(_folder[name], Registry)).Message;
}
