using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines;

namespace Dropwise.Inference.Blocks;

/// <summary>
/// Lets a model in float32 write windows of text, drawn from its predictions as they are (temperature 1). Windows are written side by side, a token of each at a
/// time, so that weights are read once for all of them: many texts take hardly longer than one, on a device above all.
/// </summary>
/// <param name="blocks">The model, read for windows as long as those that are written.</param>
/// <param name="layers">All of its layers, the caller's.</param>
/// <param name="head">Its head, the caller's.</param>
public sealed unsafe class WindowWriter(DecoderBlocks blocks, ImmutableArray<DecoderBlock> layers, BlockLinear head)
{
    // What attention reads of all tokens is kept: 24 GB hold 437 windows of 512 tokens of a model of 30 layers of 960 elements. Where memory is smaller, half of what is free.
    private const long MostPastBytes = 24L << 30;
    private const int MostAtOnce = 512;

    private readonly BlockNorm _norm = blocks.ReadFinalNorm();
    private readonly float _cap = (float)(blocks.Config.FinalLogitCap ?? 0);

    /// <summary>Writes windows.</summary>
    /// <param name="beginnings">What each begins with: at least one token, and fewer than <paramref name="tokens"/>.</param>
    /// <param name="tokens">Tokens of a window.</param>
    /// <param name="seed">Decides what is drawn.</param>
    /// <param name="progress">Receives the finished fraction; null for nobody.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The windows. Window i is drawn with the same numbers whatever the number of windows.</returns>
    /// <exception cref="InferenceException">Predictions are not finite.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public ImmutableArray<ImmutableArray<int>> Write(
        ImmutableArray<ImmutableArray<int>> beginnings, int tokens, int seed, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        long bytes = sizeof(float) * (long)tokens * layers.Sum(static layer => (long)layer.PastSize);
        int most = (int)Math.Clamp(Math.Min(MostPastBytes, blocks.Engine.FreeBytes / 2) / bytes, 1, MostAtOnce);
        var windows = ImmutableArray.CreateBuilder<ImmutableArray<int>>(beginnings.Length);
        for (int first = 0; first < beginnings.Length; first += most)
        {
            int begun = first, count = Math.Min(most, beginnings.Length - first);
            Xoshiro256[] numbers = [.. Enumerable.Range(first, count).Select(window => new Xoshiro256((ulong)(((long)seed << 32) + window)))];
            foreach (int[] window in Write(beginnings.AsSpan(first, count), tokens, numbers, part => progress?.Invoke((begun + (count * part)) / beginnings.Length), cancellation))
                windows.Add([.. window]);
        }

        return windows.MoveToImmutable();
    }

    private int[][] Write(ReadOnlySpan<ImmutableArray<int>> beginnings, int tokens, Xoshiro256[] numbers, Action<double> progress, CancellationToken cancellation)
    {
        BlockEngine engine = blocks.Engine;
        int count = beginnings.Length, hidden = blocks.Config.HiddenSize;
        var windows = new int[count][];
        for (int i = 0; i < count; i++)
        {
            if (beginnings[i].IsEmpty || beginnings[i].Length > tokens) throw new ArgumentException($"{beginnings[i].Length} tokens begin a window of {tokens}", nameof(beginnings));
            windows[i] = new int[tokens];
            beginnings[i].CopyTo(windows[i]);
        }

        FloatMemory[] past = [.. layers.Select(layer => engine.Allocate((long)count * tokens * layer.PastSize))];
        using FloatMemory residual = engine.Allocate((long)count * hidden), logits = engine.Allocate((long)count * blocks.Config.VocabularySize);
        try
        {
            var current = new int[count];
            var points = new double[count];
            for (int position = 0; position < tokens - 1; position++)
            {
                cancellation.ThrowIfCancellationRequested();
                for (int i = 0; i < count; i++) current[i] = windows[i][position];
                engine.Write(blocks.Embed(current), residual.Pointer);
                var batch = new TokenBatch(count, 1, position);
                for (int layer = 0; layer < layers.Length; layer++) layers[layer].Forward(residual.Pointer, batch, past[layer]);

                // A number a position, so that a window does not depend on how many tokens it or others begin with.
                for (int i = 0; i < count; i++) points[i] = numbers[i].NextDouble();
                if (Draws(beginnings, position + 1)) Draw(residual.View(count, hidden), logits.View(count, blocks.Config.VocabularySize), points, current);
                for (int i = 0; i < count; i++)
                {
                    if (position + 1 < beginnings[i].Length) continue;
                    windows[i][position + 1] = current[i] >= 0 ? current[i] : throw new InferenceException("the logits are not finite: the model's weights are broken");
                }

                progress((position + 2.0) / tokens);
            }
        }
        finally
        {
            foreach (FloatMemory memory in past) memory.Dispose();
        }

        return windows;
    }

    private static bool Draws(ReadOnlySpan<ImmutableArray<int>> beginnings, int position)
    {
        foreach (ImmutableArray<int> beginning in beginnings)
        {
            if (position >= beginning.Length) return true;
        }

        return false;
    }

    private void Draw(FloatView residual, FloatView logits, double[] points, int[] tokens)
    {
        blocks.Engine.Normalize(_norm, residual, residual);
        blocks.Engine.Multiply(head, residual, logits);
        blocks.Engine.Draw(logits, _cap, points, tokens);
    }
}
