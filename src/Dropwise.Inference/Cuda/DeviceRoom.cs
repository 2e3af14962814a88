using Dropwise.Cuda;

namespace Dropwise.Inference.Cuda;

/// <summary>Says in words what did not fit a device: the driver only knows how many bytes it was asked for last.</summary>
internal static class DeviceRoom
{
    /// <summary>Makes something that takes device memory.</summary>
    /// <param name="device">The device, as messages name it.</param>
    /// <param name="what">What is made, with the numbers that its size depends on.</param>
    /// <param name="make">Makes it, and releases what it took where it fails.</param>
    /// <typeparam name="T">What is made.</typeparam>
    /// <exception cref="InferenceException">There is not enough memory.</exception>
    public static T Take<T>(string device, string what, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (CudaException e) when (e.IsOutOfMemory)
        {
            throw new InferenceException($"{what} does not fit the memory of {device}: {e.Message}");
        }
    }
}
