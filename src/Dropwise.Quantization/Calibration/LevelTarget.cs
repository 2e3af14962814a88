namespace Dropwise.Quantization.Calibration;

/// <summary>What one level of a matrix is to come close to: Ŵ of least tr((T − Ŵ) H (T − Ŵ)ᵀ).</summary>
/// <param name="Weights">
/// T [N, K], behind the format's rotation where it has one: the weights themselves, or weights that also make up for what the level's input has lost
/// on its way through quantized layers.
/// </param>
/// <param name="Moments">H of that input, behind the same rotation.</param>
public sealed record LevelTarget(FloatMatrix Weights, InputMoments Moments);
