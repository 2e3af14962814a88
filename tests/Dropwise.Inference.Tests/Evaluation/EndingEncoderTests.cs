using Dropwise.Testing;
using Dropwise.Tokenization;

namespace Dropwise.Inference.Tests.Evaluation;

public sealed class EndingEncoderTests
{
    private static readonly Tokenizer Tokens = Tokenizer.FromFolder(TestData.DefaultModel);

    [Fact]
    public void Context_and_ending_are_encoded_as_one_text()
    {
        EncodedEnding encoded = new EndingEncoder(Tokens).Encode("Once upon a", " time there was");
        Assert.Equal(Tokens.Encode("Once upon a"), encoded.Context);
        Assert.Equal<int>(Tokens.Encode("Once upon a time there was"), (int[])[.. encoded.Context, .. encoded.Ending]);
        Assert.Equal(encoded.Context.Length + encoded.Ending.Length - 1, encoded.Inputs);
    }

    [Fact]
    public void Spaces_at_the_end_of_a_context_go_to_the_ending()
    {
        EncodedEnding expected = new EndingEncoder(Tokens).Encode("Once upon a", " time"), encoded = new EndingEncoder(Tokens).Encode("Once upon a ", "time");
        Assert.Equal(expected.Context, encoded.Context);
        Assert.Equal(expected.Ending, encoded.Ending);
    }

    [Fact]
    public void An_empty_context_is_the_token_that_begins_a_text()
    {
        EncodedEnding encoded = new EndingEncoder(Tokens).Encode("", "Once");
        Assert.Equal([Tokens.BeginOfTextId!.Value], encoded.Context);
        Assert.Equal(Tokens.Encode("Once"), encoded.Ending);
    }

    [Fact]
    public void Texts_begin_with_that_token_on_request()
    {
        EncodedEnding encoded = new EndingEncoder(Tokens, addsBeginOfText: true).Encode("Once upon a", " time");
        Assert.Equal<int>((int[])[Tokens.BeginOfTextId!.Value, .. Tokens.Encode("Once upon a")], encoded.Context);
        Assert.Equal(Tokens.Encode(" time"), encoded.Ending);
    }

    [Fact]
    public void Endings_of_one_context_share_its_tokens()
    {
        var encoder = new EndingEncoder(Tokens);
        Assert.Same(encoder.Encode("Once upon a", " time").Context, encoder.Encode("Once upon a", " hill").Context);
    }
}
