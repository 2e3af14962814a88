using System.Diagnostics;
using Dropwise.Cli.Reports;
using Dropwise.Cpu;
using Dropwise.Inference;
using Dropwise.Inference.Cuda;

namespace Dropwise.Cli.Benchmarks;

/// <summary>The speed of a whole model of random weights on CUDA devices: generating token by token, and reading a prompt at once.</summary>
internal sealed class DeviceModelBenchmark : IDisposable
{
    private const int Rounds = 3;
    private const int PromptTokens = 512;
    private const int GeneratedTokens = 128;

    private readonly string _shape;
    private readonly string _layers;
    private readonly string _head;
    private readonly CudaModel _model;

    /// <summary>Makes a model and brings it to the devices.</summary>
    /// <param name="shape">The known model whose shape to take.</param>
    /// <param name="layers">What the layers are in; null for bfloat16.</param>
    /// <param name="head">The format of the head.</param>
    /// <param name="gpus">Devices that share the model.</param>
    /// <param name="blas">Whether cuBLAS multiplies bfloat16.</param>
    public DeviceModelBenchmark(string shape, ModelFormats? layers, FormatRow head, int gpus, bool blas)
    {
        _shape = shape;
        _layers = layers?.Name ?? (blas ? "bf16, cuBLAS" : "bf16");
        _head = layers is null ? "bf16" : head.Descriptor.Name;
        using ModelWeights weights = layers?.Create(shape, head) ?? RandomModel.Create(ModelShapes.Find(shape), (FormatRow?)null, null);
        Levels = layers is { Levels.Length: > 0 } ? layers.Levels : [weights.Levels];
        _model = new CudaModel(weights, new CudaModelOptions { Gpus = gpus, Blas = blas });
    }

    /// <summary>The levels to measure.</summary>
    public int[] Levels { get; }

    /// <summary>Measures one level.</summary>
    /// <param name="level">From 1.</param>
    /// <param name="readGbps">The speed at which the device reads memory, which no decoding can beat.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    public ModelSpeedReport Measure(int level, double readGbps, CancellationToken cancellation)
    {
        _model.Tune(level);
        using var session = new CudaSession(_model, new SessionOptions { Context = PromptTokens + GeneratedTokens + 1, Level = level });
        int[] prompt = [.. Enumerable.Range(0, PromptTokens).Select(i => (i * 7919) % session.Vocabulary)];
        ITokenSource source = session.Draw(new SamplingOptions());

        // Untimed: the first token of a level loads kernels and captures the graph.
        session.Append(prompt);
        for (int i = 0; i < 2; i++) session.Append([source.Next()]);
        double[] promptSeconds = new double[Rounds], firstSeconds = new double[Rounds], decodeSeconds = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            session.Rewind();
            session.Synchronize();
            long start = Stopwatch.GetTimestamp();
            session.Append(prompt);
            session.Synchronize();
            promptSeconds[round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            int token = source.Next();
            firstSeconds[round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            start = Stopwatch.GetTimestamp();
            for (int i = 0; i < GeneratedTokens; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                session.Append([token]);
                token = source.Next();
            }

            decodeSeconds[round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        double speed = GeneratedTokens / Statistics.Median(decodeSeconds), gbps = speed * _model.BytesPerToken(level) * 1e-9;
        return new ModelSpeedReport(_shape, _layers, _head, level, 0, speed, PromptTokens / Statistics.Median(promptSeconds), PromptTokens, gbps)
        {
            Gpus = _model.Gpus,
            BandwidthShare = gbps / readGbps,
            FirstTokenSeconds = Statistics.Median(firstSeconds),
            PeakDeviceBytes = _model.PeakBytes,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();
}
