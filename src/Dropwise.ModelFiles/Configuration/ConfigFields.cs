using System.Collections.Immutable;
using System.Text.Json;

namespace Dropwise.ModelFiles;

/// <summary>A configuration's fields with the checks that every architecture needs; messages name the field and its value.</summary>
/// <param name="path">Where the text is from, for messages.</param>
/// <param name="document">The fields.</param>
internal sealed class ConfigFields(string path, ConfigDocument document)
{
    // Far above any model, far below where a product of two sizes leaves 63 bits.
    private const int LargestSize = 1 << 28;

    /// <summary>The fields as they stand.</summary>
    public ConfigDocument Document => document;

    /// <summary>A size that must be there.</summary>
    /// <param name="field">The field's name.</param>
    /// <param name="value">The field's value.</param>
    /// <exception cref="ModelFileException">It is missing, not positive or absurd.</exception>
    public int Size(string field, int? value) => value switch
    {
        null => throw Missing(field),
        <= 0 or > LargestSize => throw Invalid(field, $"is {value}, not a size between 1 and {LargestSize}"),
        { } size => size,
    };

    /// <summary>A positive finite number.</summary>
    /// <param name="field">The field's name.</param>
    /// <param name="value">The field's value.</param>
    /// <exception cref="ModelFileException">It is missing, or not positive and finite.</exception>
    public double Positive(string field, double? value) => value switch
    {
        null => throw Missing(field),
        > 0 and < double.PositiveInfinity => value.Value,
        _ => throw Invalid(field, $"is {value}, not a positive number"),
    };

    /// <summary>The token ids of a field that holds an integer, a list or nothing.</summary>
    /// <param name="field">The field's name.</param>
    /// <param name="value">The field's value.</param>
    /// <exception cref="ModelFileException">An id is not an integer of the vocabulary.</exception>
    public ImmutableArray<int> Tokens(string field, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => [],
        JsonValueKind.Array => [.. value.EnumerateArray().Select(id => Token(field, id))],
        _ => [Token(field, value)],
    };

    /// <summary>The rotary embedding in either spelling.</summary>
    /// <param name="defaultTheta">The base where the configuration gives none.</param>
    /// <exception cref="ModelFileException">The kind of scaling is not supported, or one of its numbers is missing or invalid.</exception>
    public RopeConfig Rope(double defaultTheta)
    {
        RopeDocument? rope = Document.RopeParameters ?? Document.RopeScaling;
        double theta = Positive("rope_theta", rope?.RopeTheta ?? Document.RopeTheta ?? defaultTheta);
        string kind = rope?.RopeType ?? rope?.Type ?? "default";
        return kind switch
        {
            "default" => new RopeConfig(theta, null, Document.RopeInterleave ?? false),
            "llama3" => new RopeConfig(theta, Llama3Scaling(rope!), Document.RopeInterleave ?? false),
            _ => throw Invalid("rope_type", $"is '{kind}'; supported are default, llama3"),
        };
    }

    /// <summary>The error of a field that is not there.</summary>
    /// <param name="field">The field's name.</param>
    public ModelFileException Missing(string field) => new(path, $"lacks the field {field}");

    /// <summary>The error of a field that has an impossible value.</summary>
    /// <param name="field">The field's name.</param>
    /// <param name="problem">What is wrong, as the end of a sentence that starts with the field.</param>
    public ModelFileException Invalid(string field, string problem) => new(path, $"field {field} {problem}");

    private Llama3RopeScaling Llama3Scaling(RopeDocument rope)
    {
        var scaling = new Llama3RopeScaling(
            Positive("factor", rope.Factor),
            Positive("low_freq_factor", rope.LowFreqFactor),
            Positive("high_freq_factor", rope.HighFreqFactor),
            Size("original_max_position_embeddings", rope.OriginalMaxPositionEmbeddings));
        return scaling.HighFrequencyFactor > scaling.LowFrequencyFactor
            ? scaling
            : throw Invalid("high_freq_factor", $"is {scaling.HighFrequencyFactor}, not above low_freq_factor {scaling.LowFrequencyFactor}");
    }

    private int Token(string field, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int id) || id < 0 || id >= Document.VocabSize)
            throw Invalid(field, $"holds {value.GetRawText()}, not a token below vocab_size {Document.VocabSize}");
        return id;
    }
}
