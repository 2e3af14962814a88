using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Blocks;

/// <summary>
/// A layer in float32, there and back, on an engine beside the processor: outputs, also token by token, the gradient of the residual stream and those of all
/// parameters, on two windows of random values that the engine computes at once.
/// </summary>
public static unsafe class LayerComparison
{
    private const int Windows = 2;

    /// <summary>Compares a layer.</summary>
    /// <param name="source">The model.</param>
    /// <param name="layer">The layer, from 0.</param>
    /// <param name="tokens">Tokens of a window.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="seed">Chooses the values.</param>
    /// <returns>What was compared, and how far the engine's is from the processor's, in parts of the latter's length.</returns>
    public static List<(string What, double Difference)> Compare(ModelSource source, int layer, int tokens, BlockEngine engine, int seed)
    {
        using DecoderBlocks expectedBlocks = new(source, tokens), actualBlocks = new(source, tokens, engine);
        using DecoderBlock expectedBlock = expectedBlocks.Read(layer), actualBlock = actualBlocks.Read(layer);
        using BlockPass expected = new(expectedBlock), actual = new(actualBlock);
        int length = tokens * expectedBlock.HiddenSize;
        float[] residual = Normal(Windows * length, seed), slope = Normal(Windows * length, seed + 1);

        using FloatMemory input = engine.Allocate(residual.Length), gradient = engine.Allocate(slope.Length);
        engine.Write(residual, input.Pointer);
        engine.Write(slope, gradient.Pointer);
        actual.Forward(input.Pointer, new TokenBatch(Windows, tokens));
        actual.Backward(gradient.Pointer);
        var found = Results(actualBlock, actual, engine);

        // A window at a time: the processor's way.
        var wanted = new List<(string What, float[] Values)>();
        for (int window = 0; window < Windows; window++)
        {
            expected.Forward(residual.AsSpan(window * length, length));
            expected.Backward(slope.AsSpan(window * length, length));
            Merge(wanted, Results(expectedBlock, expected, BlockEngine.Cpu));
        }

        return
        [
            .. wanted.Zip(found, static (want, have) => (want.What, Distance(want.Values, have.Values))),
            ("outputs, token by token", Distance(wanted[0].Values, TokenByToken(actualBlock, residual, tokens))),
        ];
    }

    // As text is written: the windows side by side, one token of each at a time.
    private static float[] TokenByToken(DecoderBlock block, float[] residual, int tokens)
    {
        BlockEngine engine = block.Engine;
        int hidden = block.HiddenSize;
        using FloatMemory past = engine.Allocate((long)Windows * tokens * block.PastSize), stream = engine.Allocate((long)Windows * hidden);
        var outputs = new float[residual.Length];
        var rows = new float[Windows * hidden];
        for (int token = 0; token < tokens; token++)
        {
            for (int window = 0; window < Windows; window++) residual.AsSpan(((window * tokens) + token) * hidden, hidden).CopyTo(rows.AsSpan(window * hidden));
            engine.Write(rows, stream.Pointer);
            block.Forward(stream.Pointer, new TokenBatch(Windows, 1, token), past);
            engine.Read(stream.Pointer, rows);
            for (int window = 0; window < Windows; window++) rows.AsSpan(window * hidden, hidden).CopyTo(outputs.AsSpan(((window * tokens) + token) * hidden));
        }

        return outputs;
    }

    private static List<(string What, float[] Values)> Results(DecoderBlock block, BlockPass pass, BlockEngine engine)
    {
        List<(string, float[])> results = [("outputs", Read(engine, pass.OutputRows)), ("gradient of the stream", Read(engine, pass.InputGradientRows))];
        for (int i = 0; i < block.Linears.Length; i++) AddLinear(block.Linears[i], pass.Linears[i]);
        if (block.Scores is not null) AddLinear(block.Scores, pass.Scores!);
        for (int i = 0; i < block.Norms.Length; i++)
        {
            results.Add(($"gradient of norm {i}", [.. pass.Norms[i].Weight]));
            if (pass.Norms[i].Bias is { } bias) results.Add(($"gradient of the bias of norm {i}", [.. bias]));
        }

        return results;

        void AddLinear(BlockLinear linear, LinearUse use)
        {
            using FloatMemory weights = engine.Allocate(linear.Weight.Length);
            engine.Clear(weights.Pointer, weights.Length);
            use.AddWeightGradient(0, linear.Tensor.Rows, weights.Pointer);
            results.Add(($"gradient of {linear.Tensor.Weight}", Read(engine, weights.View(linear.Tensor.Rows, linear.Tensor.Columns))));
            if (linear.Bias is null) return;
            var bias = new float[linear.Bias.Length];
            use.AddBiasGradient(bias);
            results.Add(($"gradient of {linear.Tensor.Bias}", bias));
        }
    }

    // Outputs and gradients of the stream follow each other, those of parameters add up.
    private static void Merge(List<(string What, float[] Values)> all, List<(string What, float[] Values)> window)
    {
        if (all.Count == 0)
        {
            all.AddRange(window);
            return;
        }

        for (int i = 0; i < window.Count; i++)
        {
            if (i < 2) all[i] = (all[i].What, [.. all[i].Values, .. window[i].Values]);
            else for (int j = 0; j < window[i].Values.Length; j++) all[i].Values[j] += window[i].Values[j];
        }
    }

    private static float[] Read(BlockEngine engine, FloatView rows)
    {
        var values = new float[rows.Rows * rows.Columns];
        engine.Read(rows.Data, values);
        return values;
    }

    /// <summary>‖actual − wanted‖ / ‖wanted‖; infinite where a value is not a number, which no comparison would notice.</summary>
    private static double Distance(float[] wanted, float[] actual)
    {
        double squares = 0, length = 0;
        for (int i = 0; i < wanted.Length; i++)
        {
            double error = (double)actual[i] - wanted[i];
            squares += error * error;
            length += (double)wanted[i] * wanted[i];
        }

        // A parameter that nothing depends on, such as a key's bias that every score of a softmax shares, has rounding for a gradient.
        double difference = Math.Sqrt(squares / Math.Max(length, 1e-6 * wanted.Length));
        return double.IsNaN(difference) ? double.PositiveInfinity : difference;
    }

    private static float[] Normal(int count, int seed)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }
}
