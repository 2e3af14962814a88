using System.Diagnostics;
using Dropwise.Cli.Reports;
using Dropwise.Cpu;
using Dropwise.Inference;

namespace Dropwise.Cli.Benchmarks;

/// <summary>The speed of a whole model: decoding one token after the other, and reading a prompt at once.</summary>
internal sealed class ModelBenchmark : IDisposable
{
    // The peer's harness measures the same: three rounds of 128 prompt tokens and 64 generated ones.
    private const int Rounds = 3;
    private const int PromptTokens = 128;
    private const int GeneratedTokens = 64;

    private readonly string _shape;
    private readonly ModelFormats _layers;
    private readonly FormatRow _head;
    private readonly ModelWeights _model;

    /// <summary>Makes a model of random weights.</summary>
    /// <param name="shape">The known model whose shape to take.</param>
    /// <param name="layers">What the layers are in.</param>
    /// <param name="head">The format of the head.</param>
    /// <exception cref="InferenceException">There is no such shape.</exception>
    public ModelBenchmark(string shape, ModelFormats layers, FormatRow head)
    {
        _shape = shape;
        _layers = layers;
        _head = head;
        _model = layers.Create(shape, head);
        Levels = layers.Levels.Length == 0 ? [_model.Levels] : layers.Levels;
    }

    /// <summary>The levels to measure.</summary>
    public int[] Levels { get; }

    /// <summary>Measures one level.</summary>
    /// <param name="level">From 1.</param>
    /// <param name="team">The workers.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    public ModelSpeedReport Measure(int level, WorkerTeam team, CancellationToken cancellation)
    {
        using var session = new CpuSession(_model, team, new SessionOptions { Context = PromptTokens + GeneratedTokens, Level = level });
        (double decode, double prompt) = Measure(session, cancellation);
        return new ModelSpeedReport(
            _shape, _layers.Name, _head.Descriptor.Name, level, team.Workers, decode, prompt, PromptTokens, decode * _model.BytesPerToken(level) * 1e-9);
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    private static (double Decode, double Prompt) Measure(Session session, CancellationToken cancellation)
    {
        int[] prompt = [.. Enumerable.Range(0, PromptTokens).Select(i => (i * 7919) % session.Vocabulary)];

        // Untimed, so that no round pays for buffers that grow and pages that are touched for the first time.
        session.Append(prompt);
        double[] promptSeconds = new double[Rounds], decodeSeconds = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            session.Rewind();
            long start = Stopwatch.GetTimestamp();
            session.Append(prompt);
            promptSeconds[round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            start = Stopwatch.GetTimestamp();
            for (int i = 0; i < GeneratedTokens; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                session.Append(prompt.AsSpan(i, 1));
            }

            decodeSeconds[round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return (GeneratedTokens / Statistics.Median(decodeSeconds), PromptTokens / Statistics.Median(promptSeconds));
    }
}
