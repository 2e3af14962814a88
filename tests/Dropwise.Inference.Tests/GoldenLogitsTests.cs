using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Testing;

namespace Dropwise.Inference.Tests;

/// <summary>Tiny random models against the logits that Hugging Face transformers computed for them.</summary>
public sealed class GoldenLogitsTests
{
    // The largest difference of a logit, whose spread is about one; float32 sums in another order stay below it.
    private const float Tolerance = 1e-4f;

    public static TheoryData<string> Families =>
    [
        "falcon", "gemma", "gemma2", "gemma3", "llama", "llama-tied-rope-llama3", "mistral", "mixtral", "qwen2", "qwen3", "qwen3-moe",
    ];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_whole_prompt_gives_the_logits_of_transformers(string family)
    {
        foreach (int workers in (ReadOnlySpan<int>)[1, 2, 3]) CompareAll(family, workers, [], 512);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Token_by_token_gives_the_same_logits(string family) => CompareAll(family, 2, [.. Enumerable.Range(1, 47)], 512);

    [Theory]
    [MemberData(nameof(Families))]
    public void A_prompt_in_two_pieces_cut_anywhere_gives_the_same_logits(string family)
    {
        for (int cut = 1; cut < 48; cut++) CompareAll(family, 1, [cut], 512);
    }

    // Small batches make layers with a window keep rings, which come round several times.
    [Theory]
    [MemberData(nameof(Families))]
    public void Small_batches_give_the_same_logits(string family)
    {
        foreach (int batch in (ReadOnlySpan<int>)[1, 2, 5, 16, 20]) CompareAll(family, 2, [31], batch);
    }

    [Fact]
    public void Logits_after_the_last_token_are_those_of_the_whole_run()
    {
        using Golden golden = new("llama");
        using WorkerTeam team = new(2);
        using CpuSession session = new(golden.Model, team, new SessionOptions { Precision = Precision.Exact });
        session.Append(golden.Tokens(0));
        Compare(golden.Logits(0)[^session.Vocabulary..], session.Logits, 47);
    }

    [Fact]
    public void A_rewound_session_forgets_what_came_after()
    {
        using Golden golden = new("llama");
        using WorkerTeam team = new(1);
        using CpuSession session = new(golden.Model, team, new SessionOptions { Precision = Precision.Exact });
        session.Append(golden.Tokens(1));
        session.Rewind();
        session.Append(golden.Tokens(0).AsSpan(0, 30));
        session.Append(golden.Tokens(1).AsSpan(30));
        session.Rewind(30);
        session.Append(golden.Tokens(0).AsSpan(30));
        Compare(golden.Logits(0)[^session.Vocabulary..], session.Logits, 47);
    }

    private static void CompareAll(string family, int workers, int[] cuts, int batch)
    {
        using Golden golden = new(family);
        using WorkerTeam team = new(workers);
        using CpuSession session = new(golden.Model, team, new SessionOptions { Precision = Precision.Exact, Batch = batch, Context = 48 });
        for (int sequence = 0; sequence < 2; sequence++)
        {
            session.Rewind();
            int[] tokens = golden.Tokens(sequence);
            foreach ((int start, int end) in cuts.Prepend(0).Zip(cuts.Append(tokens.Length)))
                session.Append(tokens.AsSpan(start, end - start), new Comparison(golden.Logits(sequence), start));
            Assert.Equal(tokens.Length, session.Position);
        }
    }

    private static void Compare(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, int token)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            float difference = MathF.Abs(expected[i] - actual[i]);
            Assert.True(difference <= Tolerance, $"logit {i} of token {token} is {actual[i]}, not {expected[i]}");
        }
    }

    private sealed class Comparison(float[] expected, int start) : ILogitsReader
    {
        public void Read(int first, Span<float> logits, int vocabulary)
        {
            for (int i = 0; i < logits.Length / vocabulary; i++)
            {
                int token = start + first + i;
                Compare(expected.AsSpan(token * vocabulary, vocabulary), logits.Slice(i * vocabulary, vocabulary), token);
            }
        }
    }

    private sealed class Golden : IDisposable
    {
        private readonly SafetensorsFile _file;

        public Golden(string family)
        {
            string folder = TestData.Find($"models/golden/{family}");
            Model = WeightLoader.Load(ModelFolder.Open(Path.Combine(folder, "model.safetensors")));
            _file = SafetensorsFile.Open(Path.Combine(folder, "golden.safetensors"));
        }

        public ModelWeights Model { get; }

        public int[] Tokens(int sequence)
        {
            TensorView ids = View("input_ids");
            int length = (int)ids.Shape[1];
            return [.. Enumerable.Range(0, length).Select(i => (int)BitConverter.ToInt64(ids.Bytes(((sequence * length) + i) * sizeof(long), sizeof(long))))];
        }

        public float[] Logits(int sequence)
        {
            TensorView logits = View("logits");
            float[] values = new float[logits.Shape[1] * logits.Shape[2]];
            logits.ReadFloats((long)sequence * values.Length, values);
            return values;
        }

        public void Dispose()
        {
            _file.Dispose();
            Model.Dispose();
        }

        private TensorView View(string name) => new(_file.File, _file.Tensors.Single(tensor => tensor.Name == name));
    }
}
