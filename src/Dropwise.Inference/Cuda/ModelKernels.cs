using Dropwise.Cuda;
using Dropwise.Cuda.Device;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Cuda;

/// <summary>The kernels of a model that are no products, compiled for its heads and loaded, and how each is launched.</summary>
internal sealed partial class ModelKernels : IDisposable
{
    // The same numbers as the device code.
    private const int RopeThreads = 128;
    private const int DecodeThreads = 128;
    private const int PrefillThreads = 128;
    private const int PrefillQueries = 64;
    private const int SampleThreads = 1024;
    private const int HeadWarps = 4;
    private const int ResidualThreads = 256;
    private const int MapThreads = 256;

    // Accumulators of one block of decode attention are registers: eight per head and lane.
    private const int MaxGroupHeads = 8;

    private readonly CudaModule _module;
    private readonly int _headDimension;
    private readonly int _groupHeads;

    /// <summary>Compiles and loads.</summary>
    /// <param name="context">The context.</param>
    /// <param name="config">The model's shape.</param>
    public ModelKernels(CudaContext context, ModelConfig config)
    {
        RuntimeCompiler compiler = RuntimeCompiler.Instance;
        _module = KernelCache.Default.GetOrCompile(compiler, Unit(config, compiler.ArchitectureFor(context.Device.Capability))).Load(context);
        _headDimension = config.HeadDimension;
        _groupHeads = GroupHeads(config);
    }

    /// <summary>The source of a model's kernels.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="architecture">What to compile for.</param>
    /// <exception cref="InferenceException">The kernels do not know heads of the model's dimension.</exception>
    public static CompileUnit Unit(ModelConfig config, string architecture)
    {
        if (config.HeadDimension % 16 != 0 || config.HeadDimension > 256)
            throw new InferenceException($"attention heads of {config.HeadDimension} elements do not run on CUDA devices: multiples of 16 up to 256 do");
        bool hasWindows = config.LayerConfigs.Any(static layer => layer.Window is not null);
        return new CompileUnit($"model_d{config.HeadDimension}_g{GroupHeads(config)}", DeviceSources.ModelUnit(), architecture)
        {
            Defines =
            [
                $"HEAD_DIMENSION={config.HeadDimension}", $"GROUP_HEADS={GroupHeads(config)}", $"ACTIVATION={(int)config.Activation}",
                $"WINDOWS={(hasWindows ? 1 : 0)}", $"SCORE_CAP={(config.AttentionLogitCap is null ? 0 : 1)}",
            ],
        };
    }

    /// <summary>Writes an input of products in the form that they read.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="arguments">Where the input comes from.</param>
    /// <param name="form">The form.</param>
    /// <typeparam name="T">The kernel.</typeparam>
    public void MakeForm<T>(CudaStream stream, T arguments, in ActivationFormArguments form)
        where T : unmanaged, IFormArguments => FormKernels.Make(_module, stream, arguments, form);

    /// <summary>Turns queries and keys and stores keys and values.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="tokens">Tokens.</param>
    public void StoreKeys(CudaStream stream, in RopeArguments arguments, int tokens)
    {
        int pairs = (arguments.Heads + (2 * arguments.KeyValueHeads)) * (_headDimension / 2);
        _module.Kernel("rope_store").LaunchWith(stream, new LaunchShape((pairs + RopeThreads - 1) / RopeThreads, RopeThreads) { BlocksY = tokens }, arguments);
    }

    /// <summary>Adds biases to heads, normalizes and turns them, and stores keys and values.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="tokens">Tokens.</param>
    public void PrepareHeads(CudaStream stream, in HeadArguments arguments, int tokens)
    {
        int heads = arguments.Heads + (2 * arguments.KeyValueHeads);
        _module.Kernel("prepare_heads").LaunchWith(stream, new LaunchShape((heads + HeadWarps - 1) / HeadWarps, HeadWarps * 32) { BlocksY = tokens }, arguments);
    }

    /// <summary>Adds to the residual stream, or a bias to the output of a product.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="tokens">Tokens.</param>
    public void UpdateResidual(CudaStream stream, in ResidualArguments arguments, int tokens) =>
        _module.Kernel("update_residual").LaunchWith(stream, new LaunchShape(tokens, ResidualThreads), arguments);

    /// <summary>Multiplies values with a number.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="values">The address of float32 [count].</param>
    /// <param name="count">Elements.</param>
    /// <param name="factor">The number.</param>
    public void Scale(CudaStream stream, nint values, long count, float factor) => Map(stream, "scale_values", values, count, factor);

    /// <summary>Bounds values smoothly: c · tanh(x / c).</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="values">The address of float32 [count].</param>
    /// <param name="count">Elements.</param>
    /// <param name="cap">The bound c.</param>
    public void Cap(CudaStream stream, nint values, long count, float cap) => Map(stream, "cap_values", values, count, cap);

    /// <summary>Attends with few tokens.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="splits">Parts of the positions.</param>
    public void AttendSplit(CudaStream stream, in DecodeAttentionArguments arguments, int tokens, int splits) =>
        _module.Kernel("attention_decode").LaunchWith(
            stream, new LaunchShape(splits, DecodeThreads) { BlocksY = arguments.Heads / _groupHeads, BlocksZ = tokens }, arguments);

    /// <summary>Attends with many tokens.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="arguments">The arguments.</param>
    public void Attend(CudaStream stream, in PrefillAttentionArguments arguments) =>
        _module.Kernel("attention_prefill").LaunchWith(
            stream, new LaunchShape((arguments.Tokens + PrefillQueries - 1) / PrefillQueries, PrefillThreads) { BlocksY = arguments.Heads }, arguments);

    /// <summary>Draws a token.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="arguments">The arguments.</param>
    public void Sample(CudaStream stream, in SampleArguments arguments) =>
        _module.Kernel("sample_token").LaunchWith(stream, new LaunchShape(1, SampleThreads), arguments);

    /// <summary>
    /// Parts into which decode attention cuts the positions, so that all multiprocessors have work; the device leaves those without positions empty.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="context">Positions of the cache.</param>
    public int Splits(CudaDevice device, int heads, int context)
    {
        // Four blocks a multiprocessor run side by side and hide each other's waits; a split of fewer than 64 positions is never made.
        int blocks = heads / _groupHeads;
        return Math.Clamp(((4 * device.Multiprocessors) + blocks - 1) / blocks, 1, (context + 63) / 64);
    }

    /// <inheritdoc/>
    public void Dispose() => _module.Dispose();

    private void Map(CudaStream stream, string kernel, nint values, long count, float number) =>
        _module.Kernel(kernel).LaunchWith(
            stream, new LaunchShape((int)((count + MapThreads - 1) / MapThreads), MapThreads), new MapArguments { Values = values, Count = count, Number = number });

    /// <summary>Query heads of one block of decode attention: they share a key-value head.</summary>
    private static int GroupHeads(ModelConfig config)
    {
        int group = Math.Min(config.HeadsPerKeyValueHead, MaxGroupHeads);
        while (config.HeadsPerKeyValueHead % group != 0) group--;
        return group;
    }
}
