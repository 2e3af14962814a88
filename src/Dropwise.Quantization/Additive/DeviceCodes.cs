using Dropwise.Inference.Blocks.Engines;
using Dropwise.Inference.Blocks.Engines.Cuda;

namespace Dropwise.Quantization.Additive;

/// <summary>Planes of codes on a device, uint16 [M, N · runs].</summary>
/// <param name="engine">The device.</param>
/// <param name="made">Owns the memory.</param>
/// <param name="planes">Planes M.</param>
/// <param name="length">Codes of a plane.</param>
internal sealed unsafe class DeviceCodes(CudaEngine engine, MemoryStack made, int planes, int length)
{
    /// <summary>Where they are.</summary>
    public FloatMemory Memory { get; } = made.Room((((long)planes * length) + 1) / 2);

    /// <summary>Copies codes to the device.</summary>
    /// <param name="codes">A plane a codebook.</param>
    public void Write(ushort[][] codes)
    {
        for (int m = 0; m < planes; m++) engine.Write<ushort>(codes[m], At(m));
    }

    /// <summary>Copies codes from the device.</summary>
    /// <param name="codes">Receives a plane a codebook.</param>
    public void Read(ushort[][] codes)
    {
        for (int m = 0; m < planes; m++) engine.Read(At(m), codes[m].AsSpan());
    }

    private nint At(int plane) => (nint)Memory.Pointer + ((nint)plane * length * sizeof(ushort));
}
