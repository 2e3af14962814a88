namespace Dropwise.Inference;

/// <summary>How likely a model finds an ending.</summary>
/// <param name="LogLikelihood">log p of all its tokens behind the context, in nats.</param>
/// <param name="IsGreedy">Whether each of its tokens is a most likely one, so that greedy decoding gives the ending.</param>
public readonly record struct EndingScore(double LogLikelihood, bool IsGreedy);
