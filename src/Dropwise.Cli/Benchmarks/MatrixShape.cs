using System.Globalization;

namespace Dropwise.Cli.Benchmarks;

/// <summary>The shape of a weight matrix as the command line spells it: <c>NxK</c>.</summary>
/// <param name="Rows">Output rows N.</param>
/// <param name="Columns">Inputs K.</param>
internal readonly record struct MatrixShape(int Rows, int Columns)
{
    /// <summary>Reads <c>NxK</c>.</summary>
    /// <param name="text">As typed.</param>
    /// <param name="shape">The shape.</param>
    /// <returns>Whether the text is two positive numbers around an x.</returns>
    public static bool TryParse(string text, out MatrixShape shape)
    {
        shape = default;
        string[] parts = text.Split('x');
        if (parts.Length != 2 || !TryParsePositive(parts[0], out int rows) || !TryParsePositive(parts[1], out int columns)) return false;
        shape = new MatrixShape(rows, columns);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Rows}x{Columns}");

    private static bool TryParsePositive(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0;
}
