using System.Text.Json;
using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Testing;
using Dropwise.Tokenization;

namespace Dropwise.Inference.Tests.Gguf;

/// <summary>A real model, run on its own blocks, against PyTorch in float32 on the same weights decoded.</summary>
public sealed class GgufReferenceTests(ITestOutputHelper output)
{
    private const string Folder = "models/smollm2-135m-instruct";
    private const float LogitTolerance = 2e-3f;

    [Theory]
    [InlineData(Precision.Exact)]
    [InlineData(Precision.Fast)]
    public void Greedy_tokens_are_those_of_the_reference(Precision precision)
    {
        using Loaded loaded = new(precision);
        foreach (JsonProperty prompt in Reference().GetProperty("greedy").EnumerateObject())
        {
            int[] expected = Integers(prompt.Value.GetProperty("greedy_ids"));
            loaded.Session.Rewind();
            loaded.Session.Append(Integers(prompt.Value.GetProperty("prompt_ids")));
            var actual = new List<int>();
            while (actual.Count < expected.Length)
            {
                actual.Add(Largest(loaded.Session.Logits));
                loaded.Session.Append([actual[^1]]);
            }

            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void The_largest_logits_are_those_of_the_reference()
    {
        using Loaded loaded = new(Precision.Exact);
        JsonElement reference = Reference().GetProperty("logits_wikitext_first_256");
        var reader = new TopReader(reference);
        loaded.Session.Append(Integers(reference.GetProperty("ids")), reader);
        Assert.Equal(256, reader.Tokens);
        output.WriteLine($"worst difference {reader.Worst:G3}");
    }

    [Fact]
    public void The_text_of_the_reference_has_its_tokens()
    {
        using Loaded loaded = new(Precision.Exact);
        var tokenizer = Tokenizer.FromJson(loaded.Source.RequireTokenizer(), loaded.Source.Path, loaded.Source.Texts.TokenizerConfig);
        int[] expected = Integers(Reference().GetProperty("logits_wikitext_first_256").GetProperty("ids"));
        string text = File.ReadAllText(TestData.Find("text/wikitext2.test.raw.txt")).Substring(0, 4000);
        Assert.Equal(expected, tokenizer.Encode(text)[..expected.Length]);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Perplexity_is_that_of_the_reference()
    {
        using Loaded loaded = new(Precision.Exact, 1024);
        var tokenizer = Tokenizer.FromJson(loaded.Source.RequireTokenizer(), loaded.Source.Path, loaded.Source.Texts.TokenizerConfig);
        PerplexityResult result = PerplexityEvaluator.Evaluate(loaded.Session, tokenizer.Encode(File.ReadAllText(TestData.Find("text/wikitext2.test.raw.txt"))), 1024);
        output.WriteLine($"{result.Perplexity:F5} in {result.Seconds:F1} s");
        Assert.Equal(296, result.Windows);
        Assert.InRange(result.Perplexity / 24.8989, 1 - 5e-4, 1 + 5e-4);
    }

    private static JsonElement Reference()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(TestData.Find(Folder + "/reference.json")));
        return document.RootElement.Clone();
    }

    private static int[] Integers(JsonElement list) => [.. list.EnumerateArray().Select(static value => value.GetInt32())];

    private static int Largest(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best]) best = i;
        }

        return best;
    }

    /// <summary>Compares the five largest logits of every token.</summary>
    private sealed class TopReader(JsonElement reference) : ILogitsReader
    {
        public int Tokens { get; private set; }

        public float Worst { get; private set; }

        public void Read(int first, Span<float> logits, int vocabulary)
        {
            for (int i = 0; i < logits.Length / vocabulary; i++, Tokens++)
            {
                float[] token = logits.Slice(i * vocabulary, vocabulary).ToArray();
                int[] ids = Integers(reference.GetProperty("top5_ids")[first + i]);
                float[] values = [.. reference.GetProperty("top5_logits")[first + i].EnumerateArray().Select(static value => value.GetSingle())];

                // Ids in the order of their logits, unless two are closer than the tolerance.
                int[] actual = [.. Enumerable.Range(0, vocabulary).OrderByDescending(id => token[id]).Take(5)];
                for (int k = 0; k < ids.Length; k++)
                {
                    float difference = Math.Abs(token[ids[k]] - values[k]);
                    Worst = Math.Max(Worst, difference);
                    Assert.True(difference <= LogitTolerance, $"token {first + i}, id {ids[k]}: {token[ids[k]]}, the reference has {values[k]}");
                    Assert.True(actual[k] == ids[k] || Math.Abs(token[actual[k]] - token[ids[k]]) <= LogitTolerance, $"token {first + i}: {actual[k]} before {ids[k]}");
                }
            }
        }
    }

    private sealed class Loaded : IDisposable
    {
        private readonly ModelWeights _model;
        private readonly WorkerTeam _team = new(2);

        public Loaded(Precision precision, int context = 512)
        {
            Source = ModelSource.OpenAny(TestData.Find(Folder + "/SmolLM2-135M-Instruct.Q4_1.gguf"), new FormatRegistry(Formats.FormatTable.Rows));
            _model = WeightLoader.Load(Source);
            Session = new CpuSession(_model, _team, new SessionOptions { Precision = precision, Context = context });
        }

        public ModelSource Source { get; }

        public CpuSession Session { get; }

        public void Dispose()
        {
            Session.Dispose();
            _model.Dispose();
            _team.Dispose();
        }
    }
}
