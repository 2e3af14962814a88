namespace Dropwise.Cuda;

/// <summary>The rotation of one input site on a device; the same object for the same site.</summary>
/// <param name="Transform">The rotation of the whole input.</param>
/// <param name="Signs">Signed bytes [K of the shard], +1 or −1.</param>
public sealed record DeviceRotation(InputTransform Transform, DeviceBuffer Signs)
{
    /// <summary>Inputs of a Hadamard block: that of the whole input, whatever a shard's length is divided by.</summary>
    public int Block => Transform.BlockSize;
}
