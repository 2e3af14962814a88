using Dropwise.Cpu;
using Dropwise.Cuda;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Cuda;

/// <summary>
/// A model in the memory of one or more CUDA devices, with all levels that were asked for: sessions switch between them without loading
/// anything.
/// </summary>
public sealed class CudaModel : IDisposable
{
    private readonly DeviceEngine[] _engines;
    private readonly DeviceModel[] _models;

    /// <summary>Uploads a model.</summary>
    /// <param name="weights">The model; it may be disposed of afterwards.</param>
    /// <param name="options">Devices and levels.</param>
    /// <exception cref="CudaLibraryException">CUDA, a device or a kernel is missing; the message says what.</exception>
    /// <exception cref="InferenceException">The model cannot run on devices, not be split over so many, or does not fit their memory.</exception>
    public CudaModel(ModelWeights weights, CudaModelOptions options)
    {
        DeviceArchitecture.Require(weights.Config);
        DeviceFormats.Require(weights);
        CudaLibrary.Require(options.Gpus);
        Config = weights.Config;
        Levels = Math.Clamp(options.MaximumLevel ?? weights.Levels, 1, weights.Levels);
        Plan = new ShardPlan(weights, options.Gpus);
        Team = new RankTeam(options.Gpus, rank => Group?.Abort(rank));
        _engines = new DeviceEngine[options.Gpus];
        _models = new DeviceModel[options.Gpus];
        try
        {
            int[] prepared = options.PreparedLevels ?? [.. Enumerable.Range(1, Levels)];

            // The first device compiles, so that the others find everything in the cache.
            _engines[0] = new DeviceEngine(0, Config, options.Blas);
            Prepare(_engines[0], weights, prepared);
            if (options.Gpus > 1) Group = Connect(options.Blas);
            Team.Run(rank => _models[rank] = DeviceRoom.Take(
                $"{_engines[rank].Context.Device}",
                options.Gpus == 1 ? "the model" : $"a model over {options.Gpus} devices",
                () => new DeviceModel(_engines[rank], weights, Plan, rank, Levels)));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>Levels that are resident.</summary>
    public int Levels { get; }

    /// <summary>Devices.</summary>
    public int Gpus => _engines.Length;

    /// <summary>The most device memory that this process held at once, of the device that held most.</summary>
    public long PeakBytes => _engines.Max(static engine => engine.Context.PeakAllocatedBytes);

    /// <summary>Who holds what.</summary>
    internal ShardPlan Plan { get; }

    /// <summary>The devices' threads.</summary>
    internal RankTeam Team { get; }

    /// <summary>What connects the devices; null for one.</summary>
    internal NcclGroup? Group { get; private set; }

    /// <summary>The model on each device.</summary>
    internal IReadOnlyList<DeviceModel> Shards => _models;

    /// <summary>Bytes of weights that one decoded token reads, padding included, on the device that reads most.</summary>
    /// <param name="level">1 to <see cref="Levels"/>.</param>
    public long BytesPerToken(int level) => _models.Max(model => model.BytesPerToken(level));

    /// <summary>
    /// Finds the fastest launches of one token's products at a level by measuring, where nobody has measured them on this kind of device yet;
    /// later runs find them on disk. No session may be at work.
    /// </summary>
    /// <param name="level">1 to <see cref="Levels"/>.</param>
    public void Tune(int level)
    {
        Team.RequireWhole();
        Team.Run(rank => DeviceTuning.Run(_models[rank], level));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceModel? model in _models) model?.Dispose();
        Group?.Dispose();
        foreach (DeviceEngine? engine in _engines) engine?.Dispose();
        Team.Dispose();
    }

    /// <summary>Compiles everything at once: a token on a new machine waits for the slowest unit instead of for their sum.</summary>
    private static void Prepare(DeviceEngine engine, ModelWeights weights, int[] levels)
    {
        IEnumerable<(FormatRow, int)> formats =
            from matrix in weights.Matrices.OfType<PackedMatrix>()
            from level in levels
            select (matrix.Format, Math.Min(level, matrix.Levels));
        IEnumerable<IDenseMatrix> dense = weights.Matrices.OfType<IDenseMatrix>().DistinctBy(static matrix => matrix.Type);
        RuntimeCompiler compiler = RuntimeCompiler.Instance;
        string architecture = engine.Programs.Architecture;
        IEnumerable<CompileUnit> units = dense.Select(matrix => DenseKernels.Unit(matrix.Type, architecture)).Append(ModelKernels.Unit(weights.Config, architecture));
        Task handWritten = Task.Run(() => KernelCache.Default.GetOrCompile(compiler, [.. units]));
        engine.Programs.Prepare([.. formats.Distinct()]);
        handWritten.GetAwaiter().GetResult();
    }

    private NcclGroup Connect(bool blas)
    {
        for (int rank = 1; rank < _engines.Length; rank++) _engines[rank] = new DeviceEngine(rank, Config, blas);
        return new NcclGroup([.. _engines.Select(static engine => engine.Context)]);
    }
}
