using System.Collections.Immutable;

namespace Dropwise.Inference.Blocks.Engines.Cuda;

/// <summary>Device code that an engine compiles once.</summary>
/// <param name="Name">What it is called, which tells it from every other.</param>
/// <param name="Source">The whole text.</param>
/// <param name="Defines">Its constants, <c>NAME=value</c>.</param>
public sealed record DeviceUnit(string Name, string Source, ImmutableArray<string> Defines);
