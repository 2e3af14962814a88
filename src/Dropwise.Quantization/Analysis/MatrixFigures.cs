using System.Collections.Immutable;

namespace Dropwise.Quantization.Analysis;

/// <summary>What is to be said about one quantized matrix.</summary>
/// <param name="Name">The weight's name.</param>
/// <param name="Block">The block that it belongs to, from 0; null for the head.</param>
/// <param name="Format">Its format.</param>
/// <param name="Rows">Output rows N.</param>
/// <param name="Columns">Inputs K.</param>
/// <param name="Bits">Bits a weight at each level that the file has, from level 1.</param>
/// <param name="Errors">‖W − Ŵ‖ / ‖W‖ at each of these levels; empty where the original weights are not at hand.</param>
/// <param name="Kurtosis">The kurtosis of the weights as codes see them: behind the rotation, each row divided by its root mean square.</param>
/// <param name="KurtosisBefore">The same before the rotation; null where there is none, or where the original weights are not at hand.</param>
public sealed record MatrixFigures(
    string Name,
    int? Block,
    FormatDescriptor Format,
    int Rows,
    int Columns,
    ImmutableArray<double> Bits,
    ImmutableArray<double> Errors,
    double Kurtosis,
    double? KurtosisBefore)
{
    /// <summary>Weights.</summary>
    public long Weights => (long)Rows * Columns;

    /// <summary>What kind of matrix it is, as the last part of its name says.</summary>
    public string Kind => Name.Split('.') is [.., string kind, "weight"] ? kind : Name;
}
