using Dropwise.Cpu;
using Dropwise.Cuda;
using Dropwise.Inference.Cuda;

namespace Dropwise.Inference.Tests.Cuda;

/// <summary>What only a device can show; every test is skipped where there is none.</summary>
public sealed class CudaSessionTests
{
    private static readonly int[] Text = [.. Enumerable.Range(0, 40).Select(static i => i * 7919 % 4096)];

    [Theory]
    [InlineData("bf16", 1)]
    [InlineData("int4g32", 1)]
    [InlineData("int8g32", 1)]
    [InlineData("nf4g64", 1)]
    [InlineData("dbd4x8g8", 2)]
    [InlineData("dbd4x8g8", 4)]
    [InlineData("dbd4x8g8h", 3)]
    [InlineData("spqr3", 1)]
    [InlineData("spqr4", 1)]
    public void Logits_are_those_of_the_processor_however_the_text_is_cut(string format, int level)
    {
        RequireDevice();
        using ModelWeights weights = Create(format);
        using var team = new WorkerTeam(2);
        using var model = new CudaModel(weights, new CudaModelOptions { MaximumLevel = level });
        using CpuSession judge = new(weights, team, new SessionOptions { Context = 64, Level = level, Precision = Precision.Exact });
        using CudaSession session = new(model, new SessionOptions { Context = 64, Level = level });
        foreach (int cut in (int[])[1, 2, 7, 16, 17, 24, 39])
        {
            judge.Rewind();
            session.Rewind();
            foreach (Range part in (Range[])[Range.EndAt(cut), Range.StartAt(cut)])
            {
                judge.Append(Text.AsSpan(part));
                session.Append(Text.AsSpan(part));
                AssertClose(judge.Logits, session.Logits);
            }
        }
    }

    [Fact]
    public void Switching_the_level_changes_the_logits_and_switching_back_restores_them()
    {
        RequireDevice();
        using ModelWeights weights = Create("dbd4x8g8");
        using var model = new CudaModel(weights, new CudaModelOptions());
        using CudaSession session = new(model, new SessionOptions { Context = 64 });
        float[] At(int level)
        {
            session.Level = level;
            session.Rewind();
            foreach (int token in Text) session.Append([token]);
            return [.. session.Logits];
        }

        float[] high = At(4), low = At(1);
        Assert.NotEqual(high, low);
        Assert.Equal(high, At(4));
        Assert.Equal(low, At(1));
    }

    [Fact]
    public void A_seed_draws_the_same_text_again_and_greedy_is_the_processors()
    {
        RequireDevice();
        using ModelWeights weights = Create("int4g32");
        using var team = new WorkerTeam(2);
        using var model = new CudaModel(weights, new CudaModelOptions());
        int[] Generate(Session session, SamplingOptions sampling)
        {
            List<int> tokens = [];
            session.Rewind();
            Generator.Generate(session, Text.AsSpan(0, 20), new GenerationOptions { MaximumTokens = 20, Sampling = sampling }, token =>
            {
                tokens.Add(token);
                return true;
            });
            return [.. tokens];
        }

        using CudaSession session = new(model, new SessionOptions { Context = 64 });
        var drawn = new SamplingOptions { Temperature = 0.8, TopK = 50, TopP = 0.9, Seed = 5 };
        Assert.Equal(Generate(session, drawn), Generate(session, drawn));
        Assert.NotEqual(Generate(session, drawn), Generate(session, drawn with { Seed = 6 }));

        // Its inverse is no float32.
        Assert.Equal(Generate(session, new SamplingOptions()), Generate(session, new SamplingOptions { Temperature = 1e-39, TopP = 0.9 }));

        using CpuSession judge = new(weights, team, new SessionOptions { Context = 64, Precision = Precision.Exact });
        Assert.Equal(Generate(judge, new SamplingOptions())[0], Generate(session, new SamplingOptions())[0]);
    }

    [Fact]
    public void Exact_products_are_refused()
    {
        RequireDevice();
        using ModelWeights weights = Create("int4g32");
        using var model = new CudaModel(weights, new CudaModelOptions());
        Assert.Throws<InferenceException>(() => new CudaSession(model, new SessionOptions { Precision = Precision.Exact }));
        Assert.Throws<CudaLibraryException>(() => new CudaModel(weights, new CudaModelOptions { Gpus = 1000 }));
    }

    [Fact]
    public void A_sequence_that_does_not_fit_is_one_line_and_takes_nothing()
    {
        RequireDevice();
        using ModelWeights weights = Create("int4g32");
        using var model = new CudaModel(weights, new CudaModelOptions());
        CudaContext context = model.Shards[0].Engine.Context;
        long before = context.AllocatedBytes;
        const int positions = 1 << 30;
        InferenceException error = Assert.Throws<InferenceException>(() => new CudaSession(model, new SessionOptions { Context = positions }));
        Assert.StartsWith($"a sequence of {positions} positions", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(before, context.AllocatedBytes);
        using var session = new CudaSession(model, new SessionOptions { Context = 64 });
        session.Append(Text);
    }

    [Fact]
    public async Task A_device_that_fails_releases_the_others_and_ends_the_model()
    {
        RequireDevice();
        Assert.SkipUnless(CudaDevice.Count >= 2 && NcclGroup.IsPresent, "this machine has no two devices with NCCL between them");
        CancellationToken stop = TestContext.Current.CancellationToken;
        using ModelWeights weights = Create("int4g32");

        // On a thread of its own: what goes wrong here hangs.
        await Task.Run(
            () =>
            {
                using var model = new CudaModel(weights, new CudaModelOptions { Gpus = 2 });
                using var session = new CudaSession(model, new SessionOptions { Context = 64 });

                // Captured graphs hold on to the communicators, and decoding has work under way when the failure comes.
                foreach (int token in Text) session.Append([token]);
                using var values = new DeviceBuffer(model.Shards[0].Engine.Context, 1 << 20);
                InvalidOperationException cause = Assert.Throws<InvalidOperationException>(() => model.Team.Meet(rank =>
                {
                    if (rank == 1) throw new InvalidOperationException("out of paper");
                    CudaStream stream = model.Shards[rank].Engine.Stream;
                    model.Group!.AllReduce(rank, stream, values.Pointer, 1 << 18);
                    stream.Synchronize();
                }));
                Assert.Equal("out of paper", cause.Message);
                Assert.Contains("out of paper", Assert.Throws<InferenceException>(() => session.Append(Text.AsSpan(0, 1))).Message, StringComparison.Ordinal);
                Assert.Throws<InferenceException>(() => new CudaSession(model, new SessionOptions { Context = 64 }));
            },
            stop).WaitAsync(TimeSpan.FromMinutes(2), stop);
    }

    private static void RequireDevice()
    {
        if (CudaLibrary.Detect().Missing is { } missing) Assert.Skip(missing);
    }

    private static ModelWeights Create(string format) => format == "bf16"
        ? RandomModel.Create(ModelShapes.Find("tiny-stories-7m"), null, null)
        : RandomModels.Create(format);

    private static void AssertClose(ReadOnlySpan<float> wanted, ReadOnlySpan<float> actual)
    {
        double squares = 0, length = 0;
        for (int i = 0; i < wanted.Length; i++)
        {
            squares += Math.Pow(actual[i] - (double)wanted[i], 2);
            length += Math.Pow(wanted[i], 2);
        }

        Assert.InRange(Math.Sqrt(squares / length), 0, 2e-3);
    }
}
