using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.Registry;

/// <summary>The documentation that a generated type carries: formula, geometry and bits per weight.</summary>
internal static class FormatDocumentation
{
    /// <summary>Lines of an XML comment, without the slashes.</summary>
    /// <param name="plan">The plan.</param>
    public static EquatableArray<string> Of(KernelPlan plan) => new(Lines(plan));

    private static IEnumerable<string> Lines(KernelPlan plan)
    {
        FormatSpec format = plan.Format;
        yield return "<remarks>";
        yield return $"<para>Value: <c>{Formula(format)}</c>.</para>";
        yield return $"<para>Geometry: {Geometry(format)}.</para>";
        yield return $"<para>Bits a weight of a large matrix: {BitsPerWeight(format)}.</para>";
        yield return $"<para>Kernel layout: tiles of {plan.Layout.TileRows} rows; a lane is a row.</para>";
        yield return "</remarks>";
    }

    private static string Formula(FormatSpec format) => format.Kind switch
    {
        CodeKind.Additive => $"ŵ[{format.Dimension}] = {(format.OutputScale is null ? "" : "s · ")}Σ_m {(format.Codeword == ScalarType.Int8 ? "c_m · " : "")}C_m[code_m]",
        CodeKind.Lookup => "ŵ = s · Values[q]",
        _ => format.Zero switch
        {
            ZeroPoint.Original => "ŵ = s · (q − z)",
            ZeroPoint.Rescale => "ŵ = s · q + o",
            _ => "ŵ = s · q",
        },
    };

    private static string Geometry(FormatSpec format)
    {
        string codes = format.Kind == CodeKind.Additive
            ? $"{format.CodebookCount} codes of {format.CodeBits} bits for {format.Dimension} inputs, codewords {format.Codeword}"
            : $"one {(format.Signed ? "signed" : "unsigned")} code of {format.CodeBits} bits for an input";
        string group = format.GroupSize == 0 ? "" : $", a {format.GroupScale} scale for {format.GroupSize} inputs";
        string row = format.OutputScale is { } type ? $", a {type} scale for an output row" : "";
        string rotation = format.Rotation == Rotation.None ? "" : $", behind a {format.Rotation} rotation of the inputs";
        return codes + group + row + rotation;
    }

    private static string BitsPerWeight(FormatSpec format) =>
        string.Join(", ", Enumerable.Range(1, format.Levels).Select(level => BitsAt(format, level)
            .ToString("0.####", CultureInfo.InvariantCulture) + (format.Nested ? $" at level {level}" : "")));

    private static double BitsAt(FormatSpec format, int level)
    {
        double codes = (double)(format.Nested ? level : format.CodebookCount) * format.CodeBits / format.Dimension;
        if (format.GroupSize == 0) return codes;
        int scale = BitsOf(format.GroupScale);
        int zero = format.Zero switch { ZeroPoint.Original => format.CodeBits, ZeroPoint.Rescale => scale, _ => 0 };
        return codes + ((double)(scale + zero) / format.GroupSize);
    }

    private static int BitsOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => 32,
        ScalarType.Float16 or ScalarType.BFloat16 => 16,
        _ => 8,
    };
}
