using Dropwise.Cli.Hosting;
using Dropwise.Cpu;
using Dropwise.Inference;
using Dropwise.Inference.Cuda;

namespace Dropwise.Cli.Models;

/// <summary>A model where it runs: beside a team of workers, or in the memory of CUDA devices.</summary>
internal sealed class ModelEngine : IDisposable
{
    private readonly ModelWeights _weights;
    private readonly bool _exact;
    private readonly WorkerTeam? _team;

    /// <summary>Brings a model to where it runs.</summary>
    /// <param name="weights">The model, which must outlive the engine.</param>
    /// <param name="choice">Where.</param>
    /// <param name="level">The only level that will be used; null for any.</param>
    /// <exception cref="Dropwise.Cuda.CudaLibraryException">CUDA is missing; the message says what.</exception>
    public ModelEngine(ModelWeights weights, EngineChoice choice, int? level = null)
    {
        _weights = weights;
        _exact = choice.Exact;
        if (choice.IsCuda)
            Device = new CudaModel(weights, new CudaModelOptions { Gpus = choice.Gpus, MaximumLevel = level, PreparedLevels = level is { } only ? [only] : null });
        else _team = new WorkerTeam(choice.Threads);
    }

    /// <summary>The model in device memory; null on the processor.</summary>
    public CudaModel? Device { get; }

    /// <summary>Opens a sequence.</summary>
    /// <param name="context">Positions to hold, or null for all that the model was trained for.</param>
    /// <param name="level">The level.</param>
    public Session NewSession(int? context, int level)
    {
        var options = new SessionOptions { Context = context, Level = level, Precision = _exact ? Precision.Exact : Precision.Fast };
        return Device is null ? new CpuSession(_weights, _team!, options) : new CudaSession(Device, options);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _team?.Dispose();
        Device?.Dispose();
    }
}
