namespace Dropwise.ModelFiles;

/// <summary>How rotary position embedding turns a position into angles.</summary>
/// <param name="Theta">The base: dimension pair i of a head of D elements turns by position · theta^(−2i / D).</param>
/// <param name="Scaling">How Llama 3.1 and later stretch the low frequencies, or null where frequencies are as they are.</param>
/// <param name="Interleaved">Whether the elements of a pair are neighbours, as in GGUF files of some architectures, instead of half a head apart.</param>
public sealed record RopeConfig(double Theta, Llama3RopeScaling? Scaling, bool Interleaved = false);

/// <summary>
/// The <c>llama3</c> scaling of rotary frequencies: wavelengths longer than <c>OriginalPositions / LowFrequencyFactor</c> are
/// stretched by <c>Factor</c>, those shorter than <c>OriginalPositions / HighFrequencyFactor</c> are kept, those between are interpolated.
/// </summary>
/// <param name="Factor">How much long wavelengths are stretched, at least 1.</param>
/// <param name="LowFrequencyFactor">Divides the original positions to give the wavelength from which all is stretched.</param>
/// <param name="HighFrequencyFactor">Divides the original positions to give the wavelength up to which nothing is; larger than the low one.</param>
/// <param name="OriginalPositions">Positions of the model before it was stretched.</param>
public sealed record Llama3RopeScaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalPositions);
