using System.Text;
using System.Text.Json;

namespace Dropwise.ModelFiles;

/// <summary>
/// Declarations of formats as JSON: all that is declared, in the order of the descriptor, names in snake_case, no nulls. Written by hand, because generated converters of its
/// enumerations took a hundredth of the native file; a test holds this against what they wrote.
/// </summary>
internal static class DescriptorJson
{
    /// <summary>The declarations of a file's formats by name, as one object.</summary>
    /// <param name="descriptors">The declarations.</param>
    public static string Write(SortedDictionary<string, FormatDescriptor> descriptors) => Text(json =>
    {
        json.WriteStartObject();
        foreach ((string name, FormatDescriptor format) in descriptors)
        {
            json.WritePropertyName(name);
            Write(json, format);
        }

        json.WriteEndObject();
    });

    /// <summary>One declaration, to compare with what a file has.</summary>
    /// <param name="format">The declaration.</param>
    public static JsonElement Element(FormatDescriptor format)
    {
        using var document = JsonDocument.Parse(Text(json => Write(json, format)));
        return document.RootElement.Clone();
    }

    private static string Text(Action<Utf8JsonWriter> write)
    {
        var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes)) write(json);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void Write(Utf8JsonWriter json, FormatDescriptor format)
    {
        json.WriteStartObject();
        json.WriteString("name", format.Name);
        json.WriteString("kind", format.Kind.ToString());
        json.WriteNumber("code_bits", format.CodeBits);
        json.WriteBoolean("signed", format.Signed);
        json.WriteStartArray("lookup_values");
        foreach (float value in format.LookupValues) json.WriteNumberValue(value);
        json.WriteEndArray();
        json.WriteNumber("codebook_count", format.CodebookCount);
        json.WriteNumber("dimension", format.Dimension);
        json.WriteString("codeword", format.Codeword.ToString());
        json.WriteString("scope", format.Scope.ToString());
        json.WriteNumber("group_size", format.GroupSize);
        json.WriteString("group_scale", format.GroupScale.ToString());
        json.WriteString("zero", format.Zero.ToString());
        if (format.SecondLevel is { } second) Write(json, second);
        if (format.Block is { } block) Write(json, block);
        if (format.Outliers is { } outliers) Write(json, outliers);
        if (format.OutputScale is { } scale) json.WriteString("output_scale", scale.ToString());
        json.WriteBoolean("nested", format.Nested);
        json.WriteString("rotation", format.Rotation.ToString());
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, SecondLevelDescriptor second)
    {
        json.WriteStartObject("second_level");
        json.WriteNumber("scale_bits", second.ScaleBits);
        json.WriteNumber("zero_bits", second.ZeroBits);
        json.WriteNumber("group_rows", second.GroupRows);
        json.WriteString("stat", second.Stat.ToString());
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, OutlierDescriptor outliers)
    {
        json.WriteStartObject("outliers");
        json.WriteString("value", outliers.Value.ToString());
        json.WriteNumber("index", outliers.Index);
        json.WriteString("layout", outliers.Layout.ToString());
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, BlockDescriptor block)
    {
        json.WriteStartObject("block");
        json.WriteNumber("inputs", block.Inputs);
        json.WriteNumber("bytes", block.Bytes);
        json.WriteBoolean("signed_scales", block.SignedScales);
        json.WriteStartArray("fields");
        foreach (BlockFieldDescriptor field in block.Fields)
        {
            json.WriteStartObject();
            json.WriteString("part", field.Part.ToString());
            json.WriteNumber("at", field.At);
            json.WriteNumber("bytes", field.Bytes);
            json.WriteNumber("bits", field.Bits);
            json.WriteNumber("base", field.Base);
            json.WriteNumber("run", field.Run);
            json.WriteNumber("shift", field.Shift);
            json.WriteNumber("digits", field.Digits);
            json.WriteNumber("first", field.First);
            json.WriteNumber("place", field.Place);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
