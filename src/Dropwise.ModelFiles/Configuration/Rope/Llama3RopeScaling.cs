namespace Dropwise.ModelFiles;

/// <summary>
/// The <c>llama3</c> scaling of rotary frequencies: wavelengths longer than <c>OriginalPositions / LowFrequencyFactor</c> are
/// stretched by <c>Factor</c>, those shorter than <c>OriginalPositions / HighFrequencyFactor</c> are kept, those between are interpolated.
/// </summary>
/// <param name="Factor">How much long wavelengths are stretched, at least 1.</param>
/// <param name="LowFrequencyFactor">Divides the original positions to give the wavelength from which all is stretched.</param>
/// <param name="HighFrequencyFactor">Divides the original positions to give the wavelength up to which nothing is; larger than the low one.</param>
/// <param name="OriginalPositions">Positions of the model before it was stretched.</param>
public sealed record Llama3RopeScaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalPositions) : RopeScaling
{
    /// <inheritdoc/>
    public override double Scale(double frequency, int pair, int dimension, double theta)
    {
        // How many whole turns the pair makes over the positions that the model was first trained for decides how much it is stretched.
        double turns = OriginalPositions * frequency / (2 * Math.PI);
        double kept = Math.Clamp((turns - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor), 0, 1);
        return ((1 - kept) * frequency / Factor) + (kept * frequency);
    }
}
