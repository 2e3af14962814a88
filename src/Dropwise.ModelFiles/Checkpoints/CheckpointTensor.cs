namespace Dropwise.ModelFiles;

/// <summary>One tensor of a checkpoint for people to look at.</summary>
/// <param name="Info">Name, element type, shape and place.</param>
/// <param name="Level">The level that it belongs to, from 1.</param>
/// <param name="IsPresent">Whether the level is whole in the file.</param>
public sealed record CheckpointTensor(TensorInfo Info, int Level, bool IsPresent);
