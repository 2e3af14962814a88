namespace Dropwise.Inference;

/// <summary>What a session keeps for one layer.</summary>
/// <param name="Rope">Rotary tables, which layers that turn alike share.</param>
/// <param name="Cache">Keys and values.</param>
internal sealed record LayerState(RopeTable Rope, KeyValueCache Cache);
