using Dropwise.Cuda;

namespace Dropwise.Inference.Cuda;

/// <summary>The parameters of a norm in device memory, which the model owns.</summary>
/// <param name="Weight">Float32 [elements], the factors.</param>
/// <param name="Bias">Float32 [elements]; null for a root-mean-square norm.</param>
internal sealed record DeviceNorm(DeviceBuffer Weight, DeviceBuffer? Bias);
