namespace Dropwise.Inference.Cuda;

/// <summary>A sequence on CUDA devices: prompts in batches, then a captured graph a token.</summary>
public sealed class CudaSession : Session
{
    private readonly CudaModel _model;
    private readonly DeviceSequence?[] _sequences;
    private readonly int[] _drawn;
    private bool _logitsOnHost;

    /// <summary>Opens a session.</summary>
    /// <param name="model">The model, which must outlive the session.</param>
    /// <param name="options">How to run; products on devices have one precision, so that asking for the exact one is an error.</param>
    /// <exception cref="InferenceException">
    /// The model lacks the level, a size is not positive, the precision is not served, or the sequence does not fit the memory of a device.
    /// </exception>
    public CudaSession(CudaModel model, SessionOptions options)
        : base(model.Config, options, model.Levels, model.Levels)
    {
        if (options.Precision == Cpu.Precision.Exact) throw new InferenceException("exact products are the CPU's; CUDA devices multiply 16-bit activations");
        model.Team.RequireWhole();
        _model = model;
        _sequences = new DeviceSequence?[model.Gpus];
        _drawn = new int[model.Gpus];
        try
        {
            model.Team.Run(rank => _sequences[rank] = new DeviceSequence(model.Shards[rank], model.Plan, rank, model.Group, Context, Batch, LogitsBatch));
        }
        catch
        {
            // Devices that had room give it back.
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override Span<float> Logits
    {
        get
        {
            if (!_logitsOnHost) ReadLogits(1);
            _logitsOnHost = true;
            return _sequences[0]!.HostLogits[..Vocabulary];
        }
    }

    /// <inheritdoc/>
    public override ITokenSource Draw(SamplingOptions options)
    {
        options.Validate();
        _model.Team.Meet(rank => _sequences[rank]!.SetSampling(options));
        return new DeviceTokenSource(this);
    }

    /// <summary>Waits until the devices have done everything, which measurements need.</summary>
    public void Synchronize() => _model.Team.Meet(rank => _sequences[rank]!.Synchronize());

    /// <inheritdoc/>
    public override void Dispose() => _model.Team.Run(rank => _sequences[rank]?.Dispose());

    /// <summary>Draws from the logits on every device: all have the same logits and the same generator, so that all know the token.</summary>
    /// <returns>The token, or a negative number where the logits are not finite.</returns>
    internal int DrawToken()
    {
        _model.Team.Meet(rank =>
        {
            _sequences[rank]!.Draw(Position);
            _drawn[rank] = _sequences[rank]!.Drawn();
        });
        return _drawn[0];
    }

    private protected override unsafe void Run(ReadOnlySpan<int> batch)
    {
        _logitsOnHost = false;
        int position = Position, level = Level, length = batch.Length;
        fixed (int* tokens = batch)
        {
            int* ids = tokens;
            _model.Team.Meet(rank => _sequences[rank]!.Run(new ReadOnlySpan<int>(ids, length), position, level));
        }
    }

    private protected override void FinishLogits() => _model.Team.Meet(rank => _sequences[rank]!.FinishLogits(Level));

    private protected override Span<float> BatchLogits(int first, int count)
    {
        _model.Team.Meet(rank => _sequences[rank]!.Head(first, count, Level));
        ReadLogits(count);
        return _sequences[0]!.HostLogits[..(count * Vocabulary)];
    }

    /// <summary>
    /// Copies the first device's logits to the host. All devices wait: one whose work has failed would otherwise not be noticed, and the first
    /// one would wait for its part of a sum forever.
    /// </summary>
    private void ReadLogits(int count) => _model.Team.Meet(rank =>
    {
        if (rank == 0) _sequences[rank]!.ReadLogits(count);
        else _sequences[rank]!.Synchronize();
    });
}
