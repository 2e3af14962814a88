namespace Dropwise.ModelFiles.Tests;

public sealed class ModelFolderTests : IDisposable
{
    private const string Config =
        """{"model_type":"llama","hidden_size":64,"intermediate_size":160,"num_hidden_layers":3,"num_attention_heads":4,"vocab_size":384}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_and_its_single_file_open_alike()
    {
        _folder.Write("config.json", Config);
        _folder.Write("tokenizer.json", "{}");
        string file = _folder.Write("model.safetensors", RawSafetensors.Bytes(RawSafetensors.ValidHeader, 12));
        foreach (string path in (string[])[_folder.Path, file])
        {
            using ModelFolder model = ModelFolder.Open(path);
            Assert.Equal(["a", "b"], model.Tensors.Select(t => t.Name));
            Assert.Equal(64, model.Config.HiddenSize);
            Assert.Equal("{}", model.RequireTokenizer());
        }
    }

    [Fact]
    public void A_chat_template_in_a_file_of_its_own_is_part_of_the_configuration()
    {
        _folder.Write("config.json", Config);
        _folder.Write("model.safetensors", RawSafetensors.Bytes(RawSafetensors.ValidHeader, 12));
        _folder.Write("chat_template.jinja", "{{ \"new\" }}");
        using (ModelFolder model = ModelFolder.Open(_folder.Path)) Assert.Equal("""{"chat_template":"{{ \u0022new\u0022 }}"}""", model.Texts.TokenizerConfig);
        _folder.Write("tokenizer_config.json", """{"eos_token": "e", "chat_template": "old"}""");
        using (ModelFolder model = ModelFolder.Open(_folder.Path)) Assert.Equal("""{"eos_token":"e","chat_template":"{{ \u0022new\u0022 }}"}""", model.Texts.TokenizerConfig);
        _folder.Write("tokenizer_config.json", "[]");
        Assert.Contains("tokenizer_config.json: is not a JSON object", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_sentencepiece_file_stands_in_for_the_tokenizer_that_is_missing()
    {
        _folder.Write("config.json", Config);
        _folder.Write("model.safetensors", RawSafetensors.Bytes(RawSafetensors.ValidHeader, 12));

        // One piece, "a", of a model of the type BPE (2) and then of Unigram (1), without a prefix or squeezed spaces.
        _folder.Write("tokenizer.model", [0x0A, 3, 0x0A, 1, (byte)'a', 0x12, 2, 0x18, 2, 0x1A, 4, 0x18, 0, 0x20, 0]);
        using (ModelFolder model = ModelFolder.Open(_folder.Path)) Assert.Contains("\"vocab\":{\"a\":0}", model.RequireTokenizer(), StringComparison.Ordinal);
        _folder.Write("tokenizer.model", [0x0A, 3, 0x0A, 1, (byte)'a', 0x12, 2, 0x18, 1, 0x1A, 4, 0x18, 0, 0x20, 0]);
        using (ModelFolder model = ModelFolder.Open(_folder.Path))
        {
            Assert.Equal(
                $"{_folder.Path}: tokenizer.model: trainer_spec.model_type: 1 is not supported, only BPE (2) is",
                Assert.Throws<ModelFileException>(model.RequireTokenizer).Message);
        }
    }

    [Fact]
    public void A_missing_tensor_a_wrong_shape_and_a_missing_tokenizer_are_named()
    {
        _folder.Write("config.json", Config);
        _folder.Write("model.safetensors", RawSafetensors.Bytes(RawSafetensors.ValidHeader, 12));
        using ModelFolder model = ModelFolder.Open(_folder.Path);
        Assert.Contains("tensor 'c' is missing", Assert.Throws<ModelFileException>(() => model.Tensors["c"]).Message, StringComparison.Ordinal);
        Assert.Contains("has shape [1, 2]; the configuration asks for [2, 1]", Assert.Throws<ModelFileException>(() => model.Tensors["b", 2, 1]).Message, StringComparison.Ordinal);
        Assert.Equal("b", model.Tensors["b", 1, 2].Name);
        Assert.Contains("tokenizer.json", Assert.Throws<ModelFileException>(model.RequireTokenizer).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_config_or_without_tensors_is_refused()
    {
        Assert.Contains("no config.json", Refused(), StringComparison.Ordinal);
        _folder.Write("config.json", Config);
        Assert.Contains("neither model.safetensors nor", Refused(), StringComparison.Ordinal);
        Assert.Contains("no such file or folder", Assert.Throws<ModelFileException>(() => ModelFolder.Open(_folder["none"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_open_as_one_model()
    {
        Shards("""{"metadata":{"total_size":16},"weight_map":{"a":"1.safetensors","b":"1.safetensors","c":"2.safetensors"}}""");
        using ModelFolder model = ModelFolder.Open(_folder.Path);
        Assert.Equal(["a", "b", "c"], model.Tensors.Select(t => t.Name));
    }

    [Theory]
    [InlineData("{", "is not valid")]
    [InlineData("{}", "weight_map")]
    [InlineData("""{"weight_map":{"a":"../1.safetensors"}}""", "plain file name")]
    [InlineData("""{"weight_map":{"a":".."}}""", "plain file name")]
    [InlineData("""{"weight_map":{"a":null}}""", "plain file name")]
    [InlineData("""{"weight_map":{"a":"3.safetensors"}}""", "3.safetensors: no such file")]
    [InlineData("""{"weight_map":{"a":"1.safetensors","c":"1.safetensors"}}""", "tensor 'c' is not in 1.safetensors")]
    public void A_broken_index_is_refused(string index, string message)
    {
        Shards(index);
        Assert.Contains(message, Refused(), StringComparison.Ordinal);
    }

    private void Shards(string index)
    {
        _folder.Write("config.json", Config);
        _folder.Write("model.safetensors.index.json", index);
        _folder.Write("1.safetensors", RawSafetensors.Bytes(RawSafetensors.ValidHeader, 12));
        _folder.Write("2.safetensors", RawSafetensors.Bytes("""{"c":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}""", 4));
    }

    private string Refused() => Assert.Throws<ModelFileException>(() => ModelFolder.Open(_folder.Path)).Message;
}
