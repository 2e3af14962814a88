using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>
/// What mixtures of experts work with for one batch: scores, which experts each token chose, and room for the tokens of one expert. A place
/// is one token's choice of one expert, numbered token · used + i.
/// </summary>
internal sealed unsafe class ExpertBuffers : IDisposable
{
    private readonly NativeBuffer _scores;
    private readonly NativeBuffer _outputs;
    private readonly int[] _experts;
    private readonly float[] _weights;
    private readonly int[] _starts;
    private readonly int[] _places;

    /// <summary>Allocates the buffers.</summary>
    /// <param name="experts">The most experts of a layer.</param>
    /// <param name="used">The most experts of a token.</param>
    /// <param name="hidden">Elements of the residual stream.</param>
    /// <param name="batch">The most tokens of a batch.</param>
    public ExpertBuffers(int experts, int used, int hidden, int batch)
    {
        _scores = new NativeBuffer((long)batch * experts * sizeof(float));
        _outputs = new NativeBuffer((long)batch * hidden * sizeof(float));
        Gathered = new Activations(batch, hidden);
        _experts = new int[batch * used];
        _weights = new float[batch * used];
        _places = new int[batch * used];
        _starts = new int[experts + 1];
    }

    /// <summary>The router's scores, [tokens, experts].</summary>
    public float* Scores => (float*)_scores.Pointer;

    /// <summary>The outputs of one expert, [tokens of the expert, hidden].</summary>
    public float* Outputs => (float*)_outputs.Pointer;

    /// <summary>The inputs of one expert.</summary>
    public Activations Gathered { get; }

    /// <summary>The expert of a place.</summary>
    /// <param name="place">The place.</param>
    public int ExpertOf(int place) => _experts[place];

    /// <summary>The weight of a place.</summary>
    /// <param name="place">The place.</param>
    public float WeightOf(int place) => _weights[place];

    /// <summary>The places that chose an expert, in the order of tokens.</summary>
    /// <param name="expert">The expert.</param>
    public ReadOnlyMemory<int> PlacesOf(int expert)
    {
        int start = expert == 0 ? 0 : _starts[expert - 1];
        return _places.AsMemory(start, _starts[expert] - start);
    }

    /// <summary>Chooses experts by <see cref="Scores"/>, the earlier one where two are equal.</summary>
    /// <param name="config">Experts, and how they are weighted.</param>
    /// <param name="tokens">Tokens.</param>
    public void Choose(ExpertConfig config, int tokens)
    {
        Array.Clear(_starts);
        for (int token = 0; token < tokens; token++)
        {
            float* scores = Scores + ((nint)token * config.Count);
            float sum = VectorOperations.SoftmaxNumerators(scores, 1, config.Count), chosen = 0;
            Span<float> weights = _weights.AsSpan(token * config.Used, config.Used);
            for (int i = 0; i < config.Used; i++)
            {
                int best = Best(scores, config.Count);
                weights[i] = scores[best];
                chosen += scores[best];
                scores[best] = -1;
                _experts[(token * config.Used) + i] = best;
                _starts[best + 1]++;
            }

            float total = config.Normalized ? chosen : sum;
            foreach (ref float weight in weights) weight /= total;
        }

        // A counting sort: the starts of the next expert grow to become the ends of this one.
        for (int expert = 0; expert < config.Count; expert++) _starts[expert + 1] += _starts[expert];
        for (int place = 0; place < tokens * config.Used; place++) _places[_starts[_experts[place]]++] = place;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _scores.Dispose();
        _outputs.Dispose();
        Gathered.Dispose();
    }

    private static int Best(float* scores, int count)
    {
        int best = 0;
        for (int i = 1; i < count; i++)
        {
            if (scores[i] > scores[best]) best = i;
        }

        return best;
    }
}
