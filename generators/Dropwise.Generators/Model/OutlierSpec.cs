namespace Dropwise.Generators.Model;

/// <summary>Weights in high precision, as declared.</summary>
/// <param name="Value">The type of a value.</param>
/// <param name="Index">Bits of a place inside a job.</param>
/// <param name="Layout">How outliers are ordered and found.</param>
internal sealed record OutlierSpec(ScalarType Value, int Index, OutlierLayout Layout);
