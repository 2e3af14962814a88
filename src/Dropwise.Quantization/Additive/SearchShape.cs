using Dropwise.Cuda.Device;
using Dropwise.Inference.Blocks.Engines.Cuda;

namespace Dropwise.Quantization.Additive;

/// <summary>What the device code of the beam search is compiled for.</summary>
/// <param name="Dimension">Inputs of a codeword, at most 32.</param>
/// <param name="Codewords">Codewords of a codebook, a multiple of 32.</param>
/// <param name="Codebooks">Codebooks M.</param>
/// <param name="Levels">Levels: 1, or M.</param>
/// <param name="Width">Paths of the beam.</param>
internal readonly record struct SearchShape(int Dimension, int Codewords, int Codebooks, int Levels, int Width)
{
    /// <summary>Warps of a block.</summary>
    public const int Warps = 8;

    /// <summary>Error feedback.</summary>
    public DeviceUnit Feedback => UnitOf(DeviceSources.Feedback, "feedback");

    /// <summary>Code descent.</summary>
    public DeviceUnit Descent => UnitOf(DeviceSources.Descent, "descent");

    /// <summary>Codes of many vectors, with one level.</summary>
    public DeviceUnit Vectors => UnitOf(DeviceSources.Vectors, "vectors");

    // What a warp keeps of its run and paths, as the device code declares it.
    private int StateBytes => (4 * ((2 * Levels * Dimension) + (3 * Width * Dimension) + (4 * Width))) + (4 * Codebooks * Width);

    /// <summary>Whether a device can search such codes: lanes of a warp share codewords evenly, and codebooks fit into the shared memory of a block.</summary>
    /// <param name="sharedBytes">Bytes of shared memory that a block may have.</param>
    public bool Fits(int sharedBytes) =>
        Codewords % 32 == 0 && Dimension <= 32 && Levels <= SearchBatch.MostLevels && Width is >= 1 and <= 16
        && (Codebooks * Codewords * Dimension * sizeof(float)) + (Warps * StateBytes) <= sharedBytes;

    private DeviceUnit UnitOf(string source, string name) => new(
        $"{name}_{Codebooks}x{Codewords}x{Dimension}_l{Levels}_w{Width}",
        DeviceSources.SearchUnit(source),
        [$"DIMENSION={Dimension}", $"CODEWORDS={Codewords}", $"CODEBOOKS={Codebooks}", $"LEVELS={Levels}", $"WIDTH={Width}"]);
}
