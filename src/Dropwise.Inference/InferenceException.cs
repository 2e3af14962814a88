namespace Dropwise.Inference;

/// <summary>What cannot be run as it was asked for: a prompt that is empty or too long, a level that a model does not have. One line for a person.</summary>
/// <param name="message">What is wrong, with the numbers.</param>
public sealed class InferenceException(string message) : Exception(message);
