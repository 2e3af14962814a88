using System.Globalization;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.Text;

/// <summary>
/// The one place that spells values, as C# and as C++: invariant culture, so that the output does not depend on who builds, and enough digits
/// that a value survives the compiler.
/// </summary>
internal static class Literals
{
    /// <summary>A 32-bit float; nine digits identify each of them.</summary>
    /// <param name="value">Any value.</param>
    public static string Of(float value) => value switch
    {
        float.NaN => "float.NaN",
        float.PositiveInfinity => "float.PositiveInfinity",
        float.NegativeInfinity => "float.NegativeInfinity",
        0f when 1 / value < 0 => "-0f",
        _ => value.ToString("G9", CultureInfo.InvariantCulture) + "f",
    };

    /// <summary>A finite 32-bit float as C++ spells it, where a suffix needs a point or an exponent before it.</summary>
    /// <param name="value">A finite value.</param>
    public static string OfCuda(float value)
    {
        string literal = Of(value);
        return literal.Contains('.') || literal.Contains('E') ? literal : literal.Replace("f", ".0f");
    }

    /// <summary>A 32-bit integer.</summary>
    /// <param name="value">Any value.</param>
    public static string Of(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A text without control characters, as format and kernel names are.</summary>
    /// <param name="value">Any value.</param>
    public static string Of(string value) => $"\"{value.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";

    /// <summary>A member of an enumeration.</summary>
    /// <param name="value">A declared member.</param>
    public static string Of(Enum value) => $"{value.GetType().Name}.{value}";

    /// <summary>A collection expression.</summary>
    /// <param name="values">Any values.</param>
    public static string Of(EquatableArray<float> values) => $"[{string.Join(", ", values.Select(Of))}]";
}
