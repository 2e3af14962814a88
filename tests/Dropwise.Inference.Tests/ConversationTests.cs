using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Testing;
using Dropwise.Tokenization;

namespace Dropwise.Inference.Tests;

/// <summary>Conversations: what is kept between turns changes no answer.</summary>
public sealed class ConversationTests : IDisposable
{
    private readonly ModelWeights _model;
    private readonly Tokenizer _tokenizer = Tokenizer.FromFolder(TestData.DefaultModel);
    private readonly WorkerTeam _team = new(1);

    // Mistral's form, because the model's end token ends its answers.
    private readonly ChatTemplate _template = ChatTemplate.Read(
        """{"bos_token": "<|bos|>", "eos_token": "<|eos|>", "chat_template": "{{ '[INST] ' }}{{ ' [/INST]' }}"}""", "test");

    public ConversationTests() => _model = WeightLoader.Load(ModelFolder.Open(TestData.DefaultModel));

    public void Dispose()
    {
        _team.Dispose();
        _model.Dispose();
    }

    [Fact]
    public void A_second_answer_is_that_of_a_model_that_reads_everything_anew()
    {
        using CpuSession session = NewSession(256);
        var conversation = new Conversation(session, _tokenizer, _template, new GenerationOptions { MaximumTokens = 12 });
        (string first, _) = Ask(conversation, "Once upon a time there was a cat.");
        (string second, GenerationResult result) = Ask(conversation, "The cat saw a dog.");

        string whole = _template.Render([new(ChatRole.User, "Once upon a time there was a cat."), new(ChatRole.Assistant, first), new(ChatRole.User, "The cat saw a dog.")]);
        int[] tokens = _tokenizer.Encode(whole);
        using CpuSession anew = NewSession(256);
        List<int> ids = [];
        Generator.Generate(anew, tokens, new GenerationOptions { MaximumTokens = 12, EndTokens = [_tokenizer.EndOfTextId!.Value] }, id =>
        {
            ids.Add(id);
            return true;
        });

        Assert.Equal(_tokenizer.Decode(ids.ToArray()).TrimStart(), second);
        Assert.InRange(result.PromptTokens, 1, tokens.Length / 2);
    }

    [Fact]
    public void A_question_that_does_not_fit_leaves_the_conversation_as_it_was()
    {
        using CpuSession session = NewSession(64);
        var conversation = new Conversation(session, _tokenizer, _template, new GenerationOptions { MaximumTokens = 4 });
        Ask(conversation, "A cat.");
        Assert.Throws<InferenceException>(() => Ask(conversation, string.Concat(Enumerable.Repeat("a very long story ", 50))));

        (string answer, _) = Ask(conversation, "A dog.");

        using CpuSession other = NewSession(64);
        var untroubled = new Conversation(other, _tokenizer, _template, new GenerationOptions { MaximumTokens = 4 });
        Ask(untroubled, "A cat.");
        Assert.Equal(Ask(untroubled, "A dog.").Answer, answer);
    }

    private static (string Answer, GenerationResult Result) Ask(Conversation conversation, string question)
    {
        string answer = "";
        GenerationResult result = conversation.Ask(question, piece =>
        {
            answer += piece;
            return true;
        });
        return (answer, result);
    }

    private CpuSession NewSession(int context) => new(_model, _team, new SessionOptions { Context = context, Precision = Precision.Exact });
}
