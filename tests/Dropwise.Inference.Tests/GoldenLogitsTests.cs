using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Testing;

namespace Dropwise.Inference.Tests;

/// <summary>Tiny random models against the logits that Hugging Face transformers computed for them.</summary>
public sealed class GoldenLogitsTests
{
    // The largest difference of a logit, whose spread is about one; float32 sums in another order stay below it.
    private const double Tolerance = 1e-4;

    public static TheoryData<string> Families =>
    [
        "falcon", "gemma", "gemma2", "gemma3", "llama", "llama-tied-rope-llama3", "mistral", "mixtral", "qwen2", "qwen3", "qwen3-moe",
    ];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_whole_prompt_gives_the_logits_of_transformers(string family)
    {
        foreach (int workers in (ReadOnlySpan<int>)[1, 2, 3])
        {
            using Golden golden = new(family, workers);
            Assert.InRange(golden.Worst(), 0, Tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Token_by_token_gives_the_same_logits(string family)
    {
        using Golden golden = new(family, workers: 2);
        Assert.InRange(golden.Worst([.. Enumerable.Range(1, 47)]), 0, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_prompt_in_two_pieces_cut_anywhere_gives_the_same_logits(string family)
    {
        using Golden golden = new(family, workers: 1);
        for (int cut = 1; cut < 48; cut++) Assert.InRange(golden.Worst(cut), 0, Tolerance);
    }

    // Small batches make layers with a window keep rings, which come round several times.
    [Theory]
    [MemberData(nameof(Families))]
    public void Small_batches_give_the_same_logits(string family)
    {
        foreach (int batch in (ReadOnlySpan<int>)[1, 2, 5, 16, 20])
        {
            using Golden golden = new(family, workers: 2, batch);
            Assert.InRange(golden.Worst(31), 0, Tolerance);
        }
    }

    [Fact]
    public void Logits_after_the_last_token_are_those_of_the_whole_run()
    {
        using Golden golden = new("llama", workers: 2);
        golden.Session.Append(golden.Logits.Tokens(0));
        golden.RequireLast();
    }

    [Fact]
    public void A_rewound_session_forgets_what_came_after()
    {
        using Golden golden = new("llama", workers: 1);
        golden.Session.Append(golden.Logits.Tokens(1));
        golden.Session.Rewind();
        golden.Session.Append(golden.Logits.Tokens(0)[..30]);
        golden.Session.Append(golden.Logits.Tokens(1)[30..]);
        golden.Session.Rewind(30);
        golden.Session.Append(golden.Logits.Tokens(0)[30..]);
        golden.RequireLast();
    }

    [Theory]
    [InlineData("gemma3", "llama")]
    [InlineData("mixtral", "mistral")]
    public void Logits_of_another_model_are_told_apart(string family, string other)
    {
        using Golden golden = new(family, workers: 1);
        using GoldenLogits logits = Open(other, golden.Logits.Vocabulary);
        Assert.True(new GoldenComparison(logits, golden.Session).Worst() > 0.1);
    }

    private static GoldenLogits Open(string family, int vocabulary) => GoldenLogits.Open(Path.Combine(TestData.Find($"models/golden/{family}"), GoldenLogits.FileName), vocabulary);

    private sealed class Golden : IDisposable
    {
        private readonly ModelWeights _model;
        private readonly WorkerTeam _team;

        public Golden(string family, int workers, int batch = 512)
        {
            _model = WeightLoader.Load(ModelFolder.Open(TestData.Find($"models/golden/{family}")));
            _team = new WorkerTeam(workers);
            Logits = Open(family, _model.Config.VocabularySize);
            Session = new CpuSession(_model, _team, new SessionOptions { Precision = Precision.Exact, Batch = batch, Context = Logits.Length });
        }

        public GoldenLogits Logits { get; }

        public CpuSession Session { get; }

        public double Worst(params ReadOnlySpan<int> cuts) => new GoldenComparison(Logits, Session).Worst(cuts);

        public void RequireLast()
        {
            float[] expected = new float[Logits.Vocabulary];
            Logits.Read(0, Logits.Length - 1, expected);
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], Session.Logits[i], Tolerance);
        }

        public void Dispose()
        {
            Session.Dispose();
            Logits.Dispose();
            _team.Dispose();
            _model.Dispose();
        }
    }
}
