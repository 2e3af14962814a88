namespace Dropwise.Cuda;

/// <summary>One product y = W x of a launch.</summary>
/// <param name="Matrix">W, [N, K].</param>
/// <param name="Output">The device address of y, [tokens][<paramref name="OutputStride"/>] float32.</param>
/// <param name="OutputStride">Floats from one token's outputs to the next one's, at least N.</param>
public readonly record struct DeviceProduct(DeviceMatrix Matrix, nint Output, int OutputStride);
