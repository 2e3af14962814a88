using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Tests;

public sealed class SessionTests
{
    [Fact]
    public void An_empty_run_is_refused()
    {
        using ModelWeights model = RandomModels.Create();
        using WorkerTeam team = new(1);
        using CpuSession session = new(model, team, new SessionOptions { Context = 8 });
        Assert.Equal("there are no tokens to run", Assert.Throws<InferenceException>(() => session.Append([])).Message);
    }

    [Fact]
    public void More_tokens_than_the_context_holds_are_refused_with_the_numbers()
    {
        using ModelWeights model = RandomModels.Create();
        using WorkerTeam team = new(1);
        using CpuSession session = new(model, team, new SessionOptions { Context = 8 });
        Assert.Equal(
            "9 tokens do not fit the context of 8 tokens", Assert.Throws<InferenceException>(() => session.Append(new int[9])).Message);
        session.Append([1, 2, 3]);
        Assert.Equal(
            "6 tokens do not fit the context of 8 tokens, of which 3 are taken", Assert.Throws<InferenceException>(() => session.Append(new int[6])).Message);
        Assert.Equal(3, session.Position);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4096)]
    public void A_token_that_is_not_in_the_vocabulary_is_refused(int token)
    {
        using ModelWeights model = RandomModels.Create();
        using WorkerTeam team = new(1);
        using CpuSession session = new(model, team, new SessionOptions { Context = 8 });
        Assert.Equal($"token {token} is not in the vocabulary of 4096", Assert.Throws<InferenceException>(() => session.Append([0, token])).Message);
        Assert.Equal(0, session.Position);
    }

    [Fact]
    public void A_context_of_nothing_is_refused()
    {
        using ModelWeights model = RandomModels.Create();
        using WorkerTeam team = new(1);
        Assert.Contains("context of 0", Assert.Throws<InferenceException>(() => new CpuSession(model, team, new SessionOptions { Context = 0 })).Message);
    }

    [Theory]
    [InlineData("int4g32", 2, "level 2 is not there: the model has level 1")]
    [InlineData("dbd4x8g8", 5, "level 5 is not there: the model has levels 1 to 4")]
    [InlineData("dbd4x8g8", 0, "level 0 is not there: the model has levels 1 to 4")]
    public void A_level_that_the_model_lacks_is_refused(string format, int level, string message)
    {
        using ModelWeights model = RandomModels.Create(format);
        using WorkerTeam team = new(1);
        Assert.Equal(
            message, Assert.Throws<InferenceException>(() => new CpuSession(model, team, new SessionOptions { Context = 8, Level = level })).Message);
    }

    [Fact]
    public void Each_level_is_another_model_and_the_default_is_the_highest()
    {
        using ModelWeights model = RandomModels.Create("dbd4x8g8");
        using WorkerTeam team = new(2);
        float[][] logits = [.. Enumerable.Range(1, 4).Select(level => Logits(model, team, level))];
        for (int a = 0; a < 4; a++)
        {
            for (int b = 0; b < a; b++) Assert.NotEqual(logits[a], logits[b]);
        }

        Assert.Equal(logits[3], Logits(model, team, null));
    }

    [Fact]
    public void The_number_of_workers_does_not_change_a_bit()
    {
        using ModelWeights model = RandomModels.Create("dbd4x8g8h");
        using WorkerTeam one = new(1), three = new(3);
        Assert.Equal(Logits(model, one, 2), Logits(model, three, 2));
    }

    [Theory]
    [InlineData("int4g32")]
    [InlineData("nf4g64")]
    [InlineData("aq2x8g8")]
    [InlineData("dbd4x8g8h")]
    [InlineData("spqr3")]
    [InlineData("spqr4")]
    public void Appending_a_token_allocates_nothing(string format)
    {
        using ModelWeights model = RandomModels.Create(format);
        RequireNoAllocation(model);
    }

    [Theory]
    [InlineData("\"model_type\":\"qwen3_moe\",\"num_experts\":12,\"num_experts_per_tok\":3,\"moe_intermediate_size\":96")]
    [InlineData("\"model_type\":\"gemma3_text\",\"sliding_window\":20")]
    [InlineData("\"model_type\":\"falcon\",\"bias\":true")]
    public void Appending_a_token_allocates_nothing_in_other_families(string fields)
    {
        const string Sizes = "\"hidden_size\":128,\"intermediate_size\":256,\"num_hidden_layers\":4,\"num_attention_heads\":4,\"head_dim\":32,\"vocab_size\":512";
        ModelConfig config = ModelConfig.Parse("a random model", $"{{{Sizes},{fields}}}");
        using ModelWeights model = RandomModel.Create(config, RandomModels.Format("dbd4x8g8h"), RandomModels.Format("int8g32"));
        RequireNoAllocation(model);
    }

    private static void RequireNoAllocation(ModelWeights model)
    {
        using WorkerTeam team = new(2);
        using CpuSession session = new(model, team, new SessionOptions { Context = 128, Batch = 32 });
        var sampler = new Sampler(new SamplingOptions { Temperature = 0.8, TopK = 40, TopP = 0.9 }, session.Vocabulary);
        session.Append([1, 2, 3, 4]);
        for (int i = 0; i < 4; i++) session.Append([sampler.Next(session.Logits)]);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) session.Append([sampler.Next(session.Logits)]);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_level_of_a_session_can_change_between_tokens()
    {
        using ModelWeights model = RandomModels.Create("dbd4x8g8");
        using WorkerTeam team = new(2);
        float[] low = Logits(model, team, 1), high = Logits(model, team, 4);
        using CpuSession session = new(model, team, new SessionOptions { Context = 16, Level = 1 });
        foreach ((int level, float[] wanted) in ((int, float[])[])[(1, low), (4, high), (1, low)])
        {
            session.Level = level;
            session.Rewind();
            session.Append([7, 11, 13]);
            session.Append([17]);
            Assert.Equal(wanted, session.Logits);
        }

        Assert.Throws<InferenceException>(() => session.Level = 5);
        Assert.Equal(1, session.Level);
    }

    private static float[] Logits(ModelWeights model, WorkerTeam team, int? level)
    {
        using CpuSession session = new(model, team, new SessionOptions { Context = 16, Level = level });
        session.Append([7, 11, 13]);
        session.Append([17]);
        return [.. session.Logits];
    }
}
