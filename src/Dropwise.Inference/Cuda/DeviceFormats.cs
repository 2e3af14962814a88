using Dropwise.Cpu;

namespace Dropwise.Inference.Cuda;

/// <summary>Which quantized matrices run on devices: those whose format has kernels there and whose inputs are in the model's order.</summary>
internal static class DeviceFormats
{
    /// <summary>Refuses a model with a matrix that devices cannot multiply.</summary>
    /// <param name="weights">The model.</param>
    /// <exception cref="InferenceException">It has one; the message names the format.</exception>
    public static void Require(ModelWeights weights)
    {
        foreach (PackedMatrix matrix in weights.Matrices.OfType<PackedMatrix>())
        {
            string format = matrix.Format.Descriptor.Name;
            if (matrix.Format.Cuda is null) throw new InferenceException($"{format} has no kernels for CUDA devices; the processor runs it: --device cpu");
            if (matrix.Transform?.Order is not null)
                throw new InferenceException($"this model's {format} matrices have their inputs in another order, which CUDA devices do not know; the processor does: --device cpu");
        }
    }
}
