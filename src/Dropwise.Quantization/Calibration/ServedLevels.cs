using System.Collections.Immutable;

namespace Dropwise.Quantization.Calibration;

/// <summary>The level that each layer is read at while somebody is served.</summary>
/// <param name="Layers">A level a layer, from the first layer; matrices with fewer levels are read whole.</param>
internal sealed record ServedLevels(ImmutableArray<int> Layers);
