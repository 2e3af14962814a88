namespace Dropwise.Quantization;

/// <summary>A matrix that cannot be quantized as asked; the message is one line for the person at the command line.</summary>
/// <param name="message">What is wrong and with which value.</param>
public sealed class QuantizationException(string message) : Exception(message);
