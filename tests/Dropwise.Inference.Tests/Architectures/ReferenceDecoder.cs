using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Tests.Architectures;

/// <summary>
/// The whole model in float64, written the slow way: every token looks at all positions through an explicit mask, nothing is cached,
/// fused or reordered. Its own results are checked against transformers' where those reach.
/// </summary>
internal sealed class ReferenceDecoder(ModelWeights model)
{
    private readonly ModelConfig _config = model.Config;

    /// <summary>The logits after each token, [tokens][vocabulary].</summary>
    public double[][] Logits(int[] tokens)
    {
        double[][] x = [.. tokens.Select(token => Row(model.Embedding, token).Select(value => value * _config.EmbeddingScale).ToArray())];
        for (int layer = 0; layer < _config.Layers; layer++) x = Layer(layer, x);
        return [.. x.Select(row => Multiply(new Linear(model.Head), Norm(row, model.FinalNorm)).Select(logit => Cap(logit, _config.FinalLogitCap)).ToArray())];
    }

    private double[][] Layer(int index, double[][] x)
    {
        LayerWeights weights = model.Layers[index];
        double[][] normed = [.. x.Select(row => Norm(row, weights.AttentionNorm))];
        double[][] attended = [.. Attention(index, weights, normed).Select(row => weights.PostAttentionNorm is { } norm ? Norm(row, norm) : row)];
        bool isParallel = _config.Structure is LayerStructure.Parallel or LayerStructure.ParallelTwoNorms;
        double[][] middle = isParallel ? x : Sum(x, attended);
        double[][] inputs = weights.FeedForwardNorm is { } own ? [.. middle.Select(row => Norm(row, own))] : normed;
        double[][] outputs = [.. inputs.Select(row => FeedForward(index, weights, row)).Select(row => weights.PostFeedForwardNorm is { } norm ? Norm(row, norm) : row)];
        return isParallel ? Sum(Sum(x, attended), outputs) : Sum(middle, outputs);
    }

    private double[][] Attention(int index, LayerWeights weights, double[][] x)
    {
        int dimension = _config.HeadDimension, group = _config.Heads / _config.KeyValueHeads;
        double[][] projected = [.. x.Select(row => weights.QueryKeyValue.SelectMany(linear => Multiply(linear, row)).ToArray())];
        double[] Slice(int position, int head) => projected[position][(head * dimension)..((head + 1) * dimension)];
        double[] Query(int position, int head) => Turn(index, position, HeadNorm(
            weights.QueryNorm, Slice(position, _config.QueryKeyValue == QueryKeyValueLayout.FusedByGroup ? (head / group * (group + 2)) + (head % group) : head)));
        double[] Key(int position, int head) => Turn(index, position, HeadNorm(
            weights.KeyNorm, Slice(position, _config.QueryKeyValue == QueryKeyValueLayout.FusedByGroup ? (head * (group + 2)) + group : _config.Heads + head)));
        double[] Value(int position, int head) =>
            Slice(position, _config.QueryKeyValue == QueryKeyValueLayout.FusedByGroup ? (head * (group + 2)) + group + 1 : _config.Heads + _config.KeyValueHeads + head);

        double[][] outputs = [.. x.Select(_ => new double[_config.QueryRows])];
        for (int head = 0; head < _config.Heads; head++)
        {
            double[][] keys = [.. Enumerable.Range(0, x.Length).Select(position => Key(position, head / group))];
            double[][] values = [.. Enumerable.Range(0, x.Length).Select(position => Value(position, head / group))];
            for (int i = 0; i < x.Length; i++)
            {
                double[] query = Query(i, head);
                double[] scores = [.. keys.Select((key, j) => IsSeen(index, i, j)
                    ? Cap(key.Zip(query, (a, b) => a * b).Sum() / Math.Sqrt(_config.QueryScalar ?? dimension), _config.AttentionLogitCap)
                    : double.NegativeInfinity)];
                double[] mix = Softmax(scores);
                for (int j = 0; j < x.Length; j++)
                {
                    for (int k = 0; k < dimension && mix[j] != 0; k++) outputs[i][(head * dimension) + k] += mix[j] * values[j][k];
                }
            }
        }

        return [.. outputs.Select(row => Multiply(weights.AttentionOutput, row))];
    }

    private bool IsSeen(int layer, int from, int to) => to <= from && (_config.Layer(layer).Window is not { } window || from - to < window);

    private double[] Turn(int layer, int position, double[] head)
    {
        RopeConfig rope = _config.Layer(layer).Rope ?? _config.Rope;
        int half = head.Length / 2;
        double[] turned = new double[head.Length];
        for (int i = 0; i < half; i++)
        {
            (double sine, double cosine) = Math.SinCos(position * ReferenceRope.Frequency(rope, i, head.Length));
            double magnitude = ReferenceRope.Magnitude(rope);
            (int a, int b) = rope.Interleaved ? (2 * i, (2 * i) + 1) : (i, half + i);
            turned[a] = magnitude * ((head[a] * cosine) - (head[b] * sine));
            turned[b] = magnitude * ((head[b] * cosine) + (head[a] * sine));
        }

        return turned;
    }

    private double[] FeedForward(int layer, LayerWeights weights, double[] x)
    {
        if (_config.Layer(layer).Experts is not { } experts) return Network(weights.FeedForward[0], x);
        double[] probabilities = Softmax(Multiply(new Linear(weights.Router!), x));
        int[] chosen = [.. Enumerable.Range(0, experts.Count).OrderByDescending(expert => probabilities[expert]).Take(experts.Used)];
        double total = experts.Normalized ? chosen.Sum(expert => probabilities[expert]) : 1;
        double[] sum = new double[_config.HiddenSize];
        foreach (int expert in chosen) sum = [.. sum.Zip(Network(weights.FeedForward[expert], x), (a, b) => a + (probabilities[expert] / total * b))];
        return sum;
    }

    private double[] Network(FeedForwardWeights weights, double[] x)
    {
        double[] up = Multiply(weights.Up, x);
        return Multiply(weights.Down, weights.Gate is null ? [.. up.Select(Activate)] : [.. Multiply(weights.Gate, x).Zip(up, (gate, value) => Activate(gate) * value)]);
    }

    private double Activate(double x) => _config.Activation switch
    {
        ActivationFunction.Silu => x / (1 + Math.Exp(-x)),
        ActivationFunction.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * Math.Pow(x, 3))))),
        _ => 0.5 * x * (1 + ErrorFunction(x / Math.Sqrt(2))),
    };

    // Its series at zero, which for arguments of activations converges to all digits that matter here.
    private static double ErrorFunction(double x)
    {
        double sum = 0, term = x;
        for (int n = 0; Math.Abs(term) > 1e-18 && n < 300; n++)
        {
            sum += term / ((2 * n) + 1);
            term *= -x * x / (n + 1);
        }

        return Math.Abs(x) > 5 ? Math.Sign(x) : 2 / Math.Sqrt(Math.PI) * sum;
    }

    private double[] Norm(double[] x, NormWeights weights)
    {
        double mean = _config.Norm.Kind == NormKind.Layer ? x.Average() : 0;
        double deviation = Math.Sqrt(x.Average(value => (value - mean) * (value - mean)) + _config.Norm.Epsilon);
        return [.. x.Select((value, i) => ((value - mean) / deviation * weights.Weight[i]) + (weights.Bias?[i] ?? 0))];
    }

    private double[] HeadNorm(NormWeights? weights, double[] head) => weights is null ? head : Norm(head, weights);

    private static double Cap(double x, double? cap) => cap is { } bound ? bound * Math.Tanh(x / bound) : x;

    private static double[] Softmax(double[] scores)
    {
        double maximum = scores.Max();
        double[] numerators = [.. scores.Select(score => Math.Exp(score - maximum))];
        double sum = numerators.Sum();
        return [.. numerators.Select(numerator => numerator / sum)];
    }

    private static double[][] Sum(double[][] a, double[][] b) => [.. a.Zip(b, (left, right) => left.Zip(right, (x, y) => x + y).ToArray())];

    private static double[] Multiply(Linear linear, double[] x) =>
        [.. Enumerable.Range(0, linear.Matrix.Rows).Select(row => Row(linear.Matrix, row).Zip(x, (w, value) => w * value).Sum() + (linear.Bias?[row] ?? 0))];

    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<WeightMatrix, double[][]> Rows = [];

    private static unsafe double[] Row(WeightMatrix matrix, int row) => Rows.GetValue(matrix, static known =>
    {
        double[][] rows = new double[known.Rows][];
        float[] values = new float[known.Columns];
        for (int i = 0; i < rows.Length; i++)
        {
            fixed (float* pointer = values) known.DequantizeRow(known.Levels, i, pointer);
            rows[i] = [.. values.Select(value => (double)value)];
        }

        return rows;
    })[row];
}
