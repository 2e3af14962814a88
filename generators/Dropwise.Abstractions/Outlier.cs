namespace Dropwise;

/// <summary>A weight that is kept in high precision; it replaces what the code at its place stands for.</summary>
/// <param name="Row">Output row, from 0.</param>
/// <param name="Column">Input, from 0.</param>
/// <param name="Value">The weight, exactly representable in the format's outlier type.</param>
public readonly record struct Outlier(int Row, int Column, float Value);
