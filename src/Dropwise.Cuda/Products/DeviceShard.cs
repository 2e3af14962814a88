namespace Dropwise.Cuda;

/// <summary>The part of a matrix that one device holds under tensor parallelism.</summary>
/// <param name="FirstRow">The first output row.</param>
/// <param name="Rows">Output rows.</param>
/// <param name="FirstColumn">The first input, a multiple of 32, of the format's group and of the rotation's block.</param>
/// <param name="Columns">Inputs, likewise a multiple unless the shard ends where the matrix does.</param>
public readonly record struct DeviceShard(int FirstRow, int Rows, int FirstColumn, int Columns);
