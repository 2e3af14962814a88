using Dropwise.Cuda;

namespace Dropwise.Inference.Cuda;

/// <summary>The kernels of mixtures of experts.</summary>
internal sealed partial class ModelKernels
{
    // The same numbers as the device code.
    private const int RouterWarps = 8;
    private const int ScatterThreads = 256;

    /// <summary>Scores experts.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="tokens">Tokens.</param>
    public void Score(CudaStream stream, in RouterArguments arguments, int tokens) =>
        _module.Kernel("router_scores").LaunchWith(
            stream, new LaunchShape((arguments.Experts + RouterWarps - 1) / RouterWarps, RouterWarps * 32) { BlocksY = tokens }, arguments);

    /// <summary>Chooses experts.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="tokens">Tokens.</param>
    public void Choose(CudaStream stream, in ChoiceArguments arguments, int tokens) =>
        _module.Kernel("choose_experts").LaunchWith(stream, new LaunchShape(tokens, 32), arguments);

    /// <summary>Adds the outputs of an expert to their tokens.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="rows">Tokens that chose the expert.</param>
    public void Scatter(CudaStream stream, in ScatterArguments arguments, int rows) =>
        _module.Kernel("scatter_rows").LaunchWith(
            stream, new LaunchShape((arguments.Columns + ScatterThreads - 1) / ScatterThreads, ScatterThreads) { BlocksY = rows }, arguments);
}
