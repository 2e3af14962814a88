using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>What the parts of a model work with for one batch of tokens: workers, settings and buffers that live as long as the session.</summary>
internal sealed unsafe class Workspace : IDisposable
{
    private readonly NativeBuffer _residual;
    private readonly NativeBuffer _wide;
    private readonly NativeBuffer _projection;

    /// <summary>Allocates the buffers.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="team">The workers.</param>
    /// <param name="precision">How products treat activations.</param>
    /// <param name="batch">The most tokens of a batch.</param>
    public Workspace(ModelConfig config, WorkerTeam team, Precision precision, int batch)
    {
        Team = team;
        Precision = precision;
        Batch = batch;
        ExpertConfig[] experts = [.. config.LayerConfigs.Select(static layer => layer.Experts).OfType<ExpertConfig>()];
        int inner = Math.Max(config.IntermediateSize, experts.Select(static mixture => mixture.IntermediateSize).DefaultIfEmpty().Max());
        int used = experts.Select(static mixture => mixture.Used).DefaultIfEmpty().Max();
        Normed = new Activations(batch, config.HiddenSize);
        Attended = new Activations(batch, config.QueryRows);
        Inner = new Activations(batch, inner);
        _residual = Floats(batch, config.HiddenSize);
        _projection = Floats(batch, config.HiddenSize);

        // One token may go through several experts at once, many tokens go through one after the other.
        _wide = Floats(1, Math.Max((long)batch * Math.Max(config.QueryRows + (2 * config.KeyRows), 2 * inner), 2L * used * inner));
        if (experts.Length != 0) Experts = new ExpertBuffers(experts.Max(static mixture => mixture.Count), used, config.HiddenSize, batch);
    }

    /// <summary>The workers.</summary>
    public WorkerTeam Team { get; }

    /// <summary>How products treat activations.</summary>
    public Precision Precision { get; }

    /// <summary>The level to read nested matrices at; those with fewer levels are read whole.</summary>
    public int Level { get; set; } = 1;

    /// <summary>The most tokens of a batch.</summary>
    public int Batch { get; }

    /// <summary>Tokens of this batch.</summary>
    public int Tokens { get; set; }

    /// <summary>The position of this batch's first token.</summary>
    public int Position { get; set; }

    /// <summary>The residual stream, [tokens, hidden].</summary>
    public float* Residual => (float*)_residual.Pointer;

    /// <summary>Results that are added to the residual stream, [tokens, hidden].</summary>
    public float* Projection => (float*)_projection.Pointer;

    /// <summary>Queries, keys and values, or up and gate: whichever of the two sites is at work.</summary>
    public float* Wide => (float*)_wide.Pointer;

    /// <summary>The residual stream after a norm, [tokens, hidden].</summary>
    public Activations Normed { get; }

    /// <summary>The heads' outputs, [tokens, heads · dimension].</summary>
    public Activations Attended { get; }

    /// <summary>The feed-forward network's gated activations, [tokens, intermediate].</summary>
    public Activations Inner { get; }

    /// <summary>What mixtures of experts need; null where the model has none.</summary>
    public ExpertBuffers? Experts { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Normed.Dispose();
        Attended.Dispose();
        Inner.Dispose();
        _residual.Dispose();
        _wide.Dispose();
        _projection.Dispose();
        Experts?.Dispose();
    }

    private static NativeBuffer Floats(int rows, long columns) => new(rows * columns * sizeof(float));
}
