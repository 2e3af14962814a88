using Dropwise.Inference.Blocks.Engines.Cuda;

namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>Where refinement is done.</summary>
internal static class RefinementSteps
{
    /// <summary>Begins with codes.</summary>
    /// <param name="device">The device, which is used where its kernels have room for the format; null for the processor.</param>
    /// <param name="levels">The levels, ascending.</param>
    /// <param name="codes">The codes, which are improved.</param>
    /// <param name="beamWidth">The width of the beam that first chose codes.</param>
    /// <param name="run">Workers and cancellation.</param>
    public static IRefinementSteps For(CudaEngine? device, MomentsLevel[] levels, AdditiveCodes codes, int beamWidth, QuantizationRun run)
    {
        // Half the beam: what it misses costs nothing, because a run keeps the codes that it has unless others cost less.
        int width = (beamWidth + 1) / 2;
        var shape = new SearchShape(codes.Codebooks.Dimension, codes.Codebooks.Codewords, codes.Codebooks.Count, levels.Length, width);
        return device is not null && shape.Fits(device.Context.Device.SharedBytesPerBlock)
            ? new CudaRefinement(device, levels, codes, shape, run)
            : new CpuRefinement(levels, codes, width, run);
    }
}
