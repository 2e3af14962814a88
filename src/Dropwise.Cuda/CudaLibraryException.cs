namespace Dropwise.Cuda;

/// <summary>A library or device of CUDA is missing; the message says in one line which, and how to get it.</summary>
/// <param name="message">What is missing, and what to do.</param>
public sealed class CudaLibraryException(string message) : Exception(message);
