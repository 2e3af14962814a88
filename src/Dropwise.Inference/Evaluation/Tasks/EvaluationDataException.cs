namespace Dropwise.Inference.Tasks;

/// <summary>A file of an evaluation's data that is missing or broken. One line for a person: the file, the line of it, the problem.</summary>
/// <param name="path">The file or folder.</param>
/// <param name="line">The line at fault, from 1; null for the file as a whole.</param>
/// <param name="problem">What is wrong, in words.</param>
public sealed class EvaluationDataException(string path, int? line, string problem)
    : Exception(line is null ? $"{path}: {problem}" : $"{path}: line {line}: {problem}");
