using Dropwise.Cpu;

namespace Dropwise.Inference;

/// <summary>Draws tokens from logits: temperature, then top-k, then top-p. Allocates nothing a token.</summary>
public sealed class Sampler
{
    private readonly SamplingOptions _options;
    private readonly Xoshiro256 _random;
    private readonly int[] _tokens;

    // The candidates' logits, then their probabilities times a constant.
    private readonly double[] _weights;

    /// <summary>Creates a sampler.</summary>
    /// <param name="options">How to draw.</param>
    /// <param name="vocabulary">Elements of the logits.</param>
    /// <exception cref="InferenceException">An option is out of range.</exception>
    public Sampler(SamplingOptions options, int vocabulary)
    {
        options.Validate();
        _options = options;
        _random = new Xoshiro256(options.Seed);
        int candidates = options.IsGreedy ? 0 : vocabulary;
        _tokens = new int[candidates];
        _weights = new double[candidates];
    }

    /// <summary>Draws the next token.</summary>
    /// <param name="logits">[vocabulary].</param>
    /// <returns>The token's id; the lower one where the most likely two are equal.</returns>
    /// <exception cref="InferenceException">The largest logit is not finite: the model is broken.</exception>
    public unsafe int Next(ReadOnlySpan<float> logits)
    {
        float maximum;
        fixed (float* values = logits) maximum = VectorOperations.Maximum(values, logits.Length);
        int best = logits.IndexOf(maximum);
        if (best < 0 || !float.IsFinite(maximum)) throw new InferenceException("the logits are not finite: the model's weights are broken");
        if (_options.IsGreedy) return best;
        for (int token = 0; token < logits.Length; token++)
        {
            _tokens[token] = token;
            _weights[token] = logits[token];
        }

        // Of the logits alone, because exponentials of a whole vocabulary take longer than choosing.
        int kept = logits.Length;
        if (_options.TopK > 0 && _options.TopK < kept) kept = KeepMostLikely(kept, _options.TopK);
        for (int i = 0; i < kept; i++) _weights[i] = Math.Exp((_weights[i] - maximum) / _options.Temperature);
        if (_options.TopP < 1) kept = KeepNucleus(kept);
        return Draw(kept);
    }

    /// <summary>Moves the k tokens of the largest weights to the front, in descending order; of equal ones the lower ids.</summary>
    private int KeepMostLikely(int count, int k)
    {
        // A heap of the k best so far, the worst on top: most tokens cost one comparison.
        for (int i = (k / 2) - 1; i >= 0; i--) SiftDown(i, k);
        for (int i = k; i < count; i++)
        {
            if (!Worse(0, i)) continue;
            Swap(0, i);
            SiftDown(0, k);
        }

        for (int end = k - 1; end > 0; end--)
        {
            Swap(0, end);
            SiftDown(0, end);
        }

        return k;
    }

    /// <summary>Moves the fewest most likely tokens that have the probability top-p together to the front.</summary>
    private int KeepNucleus(int count)
    {
        double total = 0;
        for (int i = 0; i < count; i++) total += _weights[i];

        // Tokens below (1 − p) / count have less than 1 − p together: none of them can be in the nucleus, and the rest is quick to sort.
        double least = (1 - _options.TopP) * total / count;
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            if (_weights[i] >= least) Swap(kept++, i);
        }

        KeepMostLikely(kept, kept);
        double sum = 0;
        for (int i = 0; i < kept; i++)
        {
            sum += _weights[i];
            if (sum >= _options.TopP * total) return i + 1;
        }

        return kept;
    }

    private int Draw(int count)
    {
        double total = 0;
        for (int i = 0; i < count; i++) total += _weights[i];
        double left = _random.NextDouble() * total;
        for (int i = 0; i < count - 1; i++)
        {
            left -= _weights[i];
            if (left < 0) return _tokens[i];
        }

        return _tokens[count - 1];
    }

    private bool Worse(int a, int b) =>
        _weights[a] < _weights[b] || (_weights[a] == _weights[b] && _tokens[a] > _tokens[b]);

    private void SiftDown(int parent, int count)
    {
        while (true)
        {
            int child = (2 * parent) + 1;
            if (child >= count) return;
            if (child + 1 < count && Worse(child + 1, child)) child++;
            if (!Worse(child, parent)) return;
            Swap(child, parent);
            parent = child;
        }
    }

    private void Swap(int a, int b)
    {
        (_tokens[a], _tokens[b]) = (_tokens[b], _tokens[a]);
        (_weights[a], _weights[b]) = (_weights[b], _weights[a]);
    }
}
