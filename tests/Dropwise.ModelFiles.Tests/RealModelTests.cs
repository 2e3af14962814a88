using Dropwise.Testing;

namespace Dropwise.ModelFiles.Tests;

public sealed class RealModelTests
{
    [Fact]
    public void The_default_model_opens()
    {
        using ModelFolder model = ModelFolder.Open(TestData.DefaultModel);
        Assert.Equal((256, 8, 4, 4096, true), (model.Config.HiddenSize, model.Config.Layers, model.Config.KeyValueHeads, model.Config.VocabularySize, model.Config.TiedEmbeddings));
        Assert.Equal(0, model.Config.BeginToken);
        Assert.Equal([1], model.Config.EndTokens);
        Assert.Equal(7_340_000, model.Tensors.Sum(tensor => tensor.Elements), 10_000.0);
        Assert.NotEmpty(model.RequireTokenizer());
    }

    [Theory]
    [InlineData("models/stories15m", "model.layers.5.mlp.up_proj.weight", 768, 288)]
    [InlineData("models/books-30m", "model.embed_tokens.weight", 8192, 512)]
    [InlineData("models/golden/llama", "lm_head.weight", 384, 64)]
    [InlineData("models/golden/llama-tied-rope-llama3", "model.norm.weight", 64, 0)]
    public void Models_of_either_spelling_open(string folder, string tensor, int rows, int columns)
    {
        using ModelFolder model = ModelFolder.Open(TestData.Find(folder));
        Assert.Equal(columns == 0 ? [rows] : [rows, columns], model.Tensors[tensor].Shape);
        float[] first = new float[8];
        model.Tensors[tensor].ReadFloats(0, first);
        Assert.All(first, value => Assert.InRange(value, -10, 10));
    }
}
