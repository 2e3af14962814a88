using System.Globalization;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.Registry;

/// <summary>The documentation that a generated type carries: formula, geometry, bits per weight and byte offsets.</summary>
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
        yield return $"<para>Kernel layout, N output rows and K inputs, {Lanes(plan)}:</para>";
        yield return "<list type=\"bullet\">";
        foreach (StreamPlan stream in plan.Layout.Streams) yield return $"<item>{StreamDocumentation.Of(stream, plan.Layout.TileRows)}</item>";
        yield return "</list>";
        yield return "</remarks>";
    }

    private static string Lanes(KernelPlan plan) => plan.Format.Block is not null
        ? "the blocks as they are on disk, whose lanes are inputs"
        : plan.Format.HasWideCodes
        ? $"row after row, padded to tiles of {plan.Layout.TileRows}"
        : $"in tiles of {plan.Layout.TileRows} rows whose lanes are rows";

    // s is the scale of a group, or of a row where there is no other; r is the row's beside a group's.
    private static string Formula(FormatSpec format)
    {
        if (format.Kind == CodeKind.Additive)
        {
            string scale = format.OutputScale is null ? "" : "s · ";
            string factor = format.Codeword == ScalarType.Int8 ? "c_m · " : "";
            return $"ŵ[{format.Dimension}] = {scale}Σ_m {factor}C_m[code_m]";
        }

        string value = format is { Kind: CodeKind.Lookup, SecondLevel: null } ? "s · Values[q]" : format.Zero switch
        {
            ZeroPoint.Original => "s · (q − z)",
            ZeroPoint.Rescale when format.SecondLevel is not null => "s · q + o, s = S · s_q, o = −O · o_q",
            ZeroPoint.Rescale => "s · q + o",
            ZeroPoint.None when format.SecondLevel is not null => format.Block!.SignedScales ? $"s · q, s = S · (s_q − {1 << (format.SecondLevel.ScaleBits - 1)})" : "s · q, s = S · s_q",
            ZeroPoint.Quantized => "s · (q − z), s = S_s · (s_q − Z_s), z = S_z · (z_q − Z_z)",
            _ => "s · q",
        };
        bool both = format.GroupSize != 0 && format.OutputScale is not null;
        return both ? $"ŵ = r · ({value})" : $"ŵ = {value}";
    }

    private static string Geometry(FormatSpec format)
    {
        string codes = format.Kind == CodeKind.Additive
            ? $"{format.CodebookCount} codes of {format.CodeBits} bits for {format.Dimension} inputs, codewords {format.Codeword}"
            : $"one {(format.Signed ? "signed" : "unsigned")} code of {format.CodeBits} bits for an input";
        string group = format.SecondLevel is { } level ? SecondLevel(format, level) : format.GroupSize == 0 ? "" : $", a {format.GroupScale} scale for {format.GroupSize} inputs";
        string row = format.OutputScale is { } type ? $", a {type} scale for an output row" : "";
        string rotation = format.Rotation == Rotation.None ? "" : $", behind a {format.Rotation} rotation of the inputs";
        return codes + group + row + rotation;
    }

    private static string SecondLevel(FormatSpec format, SecondLevelSpec level) => format.Block is { } block
        ? $", a scale of {level.ScaleBits} {(level.ZeroBits == 0 ? "" : $"and an offset of {level.ZeroBits} ")}bits for {format.GroupSize} inputs, {level.Stat} steps for a block of {block.Inputs}"
        : $", a scale of {level.ScaleBits} and a zero of {level.ZeroBits} bits for {format.GroupSize} inputs, four {level.Stat} statistics for {level.GroupRows} rows of these"
        + (format.Outliers is { } outliers ? $", {outliers.Value} outliers that replace a weight" : "");

    private static string BitsPerWeight(FormatSpec format) =>
        string.Join(", ", Enumerable.Range(1, format.Levels).Select(level => BitsAt(format, level)
            .ToString("0.####", CultureInfo.InvariantCulture) + (format.Nested ? $" at level {level}" : "")))
        + (format.Outliers is { } outliers ? $" and {DeclaredSize.BitsOf(outliers.Value) + outliers.Index} an outlier" : "");

    // Row scales are left out: in a large matrix they vanish.
    private static double BitsAt(FormatSpec format, int level)
    {
        int inputs = DeclaredSize.WholeInputs(format);
        return (double)DeclaredSize.InputBits(format, level, inputs) / inputs;
    }
}
