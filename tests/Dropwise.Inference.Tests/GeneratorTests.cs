using Dropwise.Cpu;

namespace Dropwise.Inference.Tests;

public sealed class GeneratorTests : IDisposable
{
    private static readonly int[] Prompt = [5, 6, 7];
    private readonly ModelWeights _model = RandomModels.Create();
    private readonly WorkerTeam _team = new(1);
    private readonly CpuSession _session;

    public GeneratorTests() => _session = new CpuSession(_model, _team, new SessionOptions { Context = 32 });

    [Fact]
    public void Tokens_reach_the_caller_in_order_and_the_session_holds_the_text()
    {
        List<int> tokens = [];
        GenerationResult result = Run(new GenerationOptions { MaximumTokens = 10 }, tokens);
        Assert.Equal(GenerationEnd.MaximumTokens, result.End);
        Assert.Equal((3, 10, 10), (result.PromptTokens, result.GeneratedTokens, tokens.Count));
        Assert.Equal(13, _session.Position);
        Assert.True(result.TokensPerSecond > 0 && result.PromptTokensPerSecond > 0);
    }

    [Fact]
    public void An_end_token_ends_the_text_and_is_no_part_of_it()
    {
        List<int> all = [], some = [];
        Run(new GenerationOptions { MaximumTokens = 10 }, all);
        _session.Rewind();
        int end = all[4];
        GenerationResult result = Run(new GenerationOptions { MaximumTokens = 10, EndTokens = [end] }, some);
        Assert.Equal(GenerationEnd.EndToken, result.End);
        Assert.Equal(all.TakeWhile(token => token != end), some);
    }

    [Fact]
    public void A_full_context_ends_the_text()
    {
        GenerationResult result = Run(new GenerationOptions { MaximumTokens = 100 }, []);
        Assert.Equal(GenerationEnd.ContextFull, result.End);
        Assert.Equal(32, _session.Position);

        // The last token needs no position: nothing follows it.
        Assert.Equal(30, result.GeneratedTokens);
    }

    [Fact]
    public void The_caller_can_stop()
    {
        GenerationResult result = Generator.Generate(_session, Prompt, new GenerationOptions(), _ => false);
        Assert.Equal((GenerationEnd.Stopped, 1), (result.End, result.GeneratedTokens));
    }

    [Fact]
    public void A_seed_gives_the_same_text_again()
    {
        var options = new GenerationOptions { MaximumTokens = 20, Sampling = new SamplingOptions { Temperature = 1, Seed = 3 } };
        List<int> first = [], second = [], other = [];
        Run(options, first);
        _session.Rewind();
        Run(options, second);
        _session.Rewind();
        Run(options with { Sampling = options.Sampling with { Seed = 4 } }, other);
        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public void An_empty_prompt_is_refused() =>
        Assert.Equal("the prompt is empty", Assert.Throws<InferenceException>(() => Generator.Generate(_session, [], new GenerationOptions())).Message);

    [Fact]
    public void A_prompt_longer_than_the_context_is_refused() =>
        Assert.Contains(
            "33 tokens do not fit the context of 32",
            Assert.Throws<InferenceException>(() => Generator.Generate(_session, new int[33], new GenerationOptions())).Message);

    public void Dispose()
    {
        _session.Dispose();
        _team.Dispose();
        _model.Dispose();
    }

    private GenerationResult Run(GenerationOptions options, List<int> tokens) => Generator.Generate(_session, Prompt, options, token =>
    {
        tokens.Add(token);
        return true;
    });
}
