using Dropwise.Cuda.Device;
using Dropwise.Inference.Blocks.Engines.Cuda;

namespace Dropwise.Quantization.Additive.Feedback;

/// <summary>What the device code of error feedback is compiled for.</summary>
/// <param name="Dimension">Inputs of a codeword, at most 32.</param>
/// <param name="Codewords">Codewords of a codebook, a multiple of 32.</param>
/// <param name="Codebooks">Codebooks M.</param>
/// <param name="Levels">Levels: 1, or M.</param>
/// <param name="Width">Paths of the beam.</param>
internal readonly record struct FeedbackShape(int Dimension, int Codewords, int Codebooks, int Levels, int Width)
{
    /// <summary>What the unit is called.</summary>
    public string Name => $"feedback_{Codebooks}x{Codewords}x{Dimension}_l{Levels}_w{Width}";

    /// <summary>Its constants.</summary>
    public string[] Defines => [$"DIMENSION={Dimension}", $"CODEWORDS={Codewords}", $"CODEBOOKS={Codebooks}", $"LEVELS={Levels}", $"WIDTH={Width}"];

    /// <summary>The device code.</summary>
    public DeviceUnit Unit => new(Name, DeviceSources.FeedbackUnit(), [.. Defines]);
}
