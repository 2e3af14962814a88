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
    /// <summary>Whether a device can settle such codes: lanes of a warp share codewords evenly, and codebooks fit into the shared memory of a block.</summary>
    /// <param name="sharedBytes">Bytes of shared memory that a block may have.</param>
    public bool Fits(int sharedBytes) =>
        Codewords % 32 == 0 && Dimension <= 32 && Levels <= FeedbackArguments.MostLevels && Width is >= 1 and <= 16
        && (Codebooks * Codewords * Dimension * sizeof(float)) + StateBytes <= sharedBytes;

    // What the eight warps of a block keep of their paths, for the widest beam.
    private const int StateBytes = 48 * 1024;

    /// <summary>What the unit is called.</summary>
    public string Name => $"feedback_{Codebooks}x{Codewords}x{Dimension}_l{Levels}_w{Width}";

    /// <summary>Its constants.</summary>
    public string[] Defines => [$"DIMENSION={Dimension}", $"CODEWORDS={Codewords}", $"CODEBOOKS={Codebooks}", $"LEVELS={Levels}", $"WIDTH={Width}"];

    /// <summary>The device code.</summary>
    public DeviceUnit Unit => new(Name, DeviceSources.FeedbackUnit(), [.. Defines]);
}
