using System.Collections.Immutable;
using System.Text.Json;

namespace Dropwise.ModelFiles;

/// <summary>The fields of a JSON object by name, with the checks that every architecture needs; messages name the field and its value.</summary>
internal sealed class ConfigFields
{
    /// <summary>Far above any model, far below where a product of two sizes leaves 63 bits.</summary>
    public const int LargestSize = 1 << 28;

    private readonly string _path;
    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.Ordinal);

    private ConfigFields(string path, JsonElement element)
    {
        _path = path;

        // A field that is given twice has its last value.
        foreach (JsonProperty property in element.EnumerateObject()) _fields[Unescaped("a field's name", () => property.Name)] = property.Value;
    }

    /// <summary>Reads an object.</summary>
    /// <param name="path">Where the text is from, for messages.</param>
    /// <param name="text">The JSON text.</param>
    /// <exception cref="ModelFileException">The text is not JSON, or no object.</exception>
    public static ConfigFields Parse(string path, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new ConfigFields(path, document.RootElement.Clone())
                : throw new ModelFileException(path, $"is {Spell(document.RootElement)} where a JSON object is expected");
        }
        catch (JsonException e)
        {
            throw new ModelFileException(path, $"is not valid: {e.Message}", e);
        }
    }

    /// <summary>Whether a field is there and not null.</summary>
    /// <param name="field">The field's name.</param>
    public bool Has(string field) => Find(field) is not null;

    /// <summary>Whether a field is there, null or not.</summary>
    /// <param name="field">The field's name.</param>
    public bool Mentions(string field) => _fields.ContainsKey(field);

    /// <summary>A size.</summary>
    /// <param name="field">The field's name.</param>
    /// <param name="byDefault">The size where the field is missing or null; without it, the field must be there.</param>
    /// <param name="largest">The largest size that makes sense.</param>
    /// <exception cref="ModelFileException">It is missing, no whole number, not positive or absurd.</exception>
    public int Size(string field, int? byDefault = null, int largest = LargestSize)
    {
        if (Find(field) is not { } value) return byDefault ?? throw Missing(field);
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int size) || size <= 0 || size > largest)
            throw Invalid(field, $"is {Spell(value)}, not a size between 1 and {largest}");
        return size;
    }

    /// <summary>A size, or null where the field is missing or null.</summary>
    /// <param name="field">The field's name.</param>
    /// <exception cref="ModelFileException">It is no whole number, not positive or absurd.</exception>
    public int? OptionalSize(string field) => Has(field) ? Size(field) : null;

    /// <summary>A number of things, perhaps none.</summary>
    /// <param name="field">The field's name.</param>
    /// <param name="byDefault">The number where the field is missing or null.</param>
    /// <exception cref="ModelFileException">It is no whole number, or negative.</exception>
    public int Count(string field, int byDefault)
    {
        if (Find(field) is not { } value) return byDefault;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int count) && count >= 0
            ? count
            : throw Invalid(field, $"is {Spell(value)}, not a number of at least 0");
    }

    /// <summary>A positive finite number.</summary>
    /// <param name="field">The field's name.</param>
    /// <param name="byDefault">The number where the field is missing or null; without it, the field must be there.</param>
    /// <exception cref="ModelFileException">It is missing, or not positive and finite.</exception>
    public double Positive(string field, double? byDefault = null)
    {
        if (Find(field) is not { } value) return byDefault ?? throw Missing(field);
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number > 0 && double.IsFinite(number)
            ? number
            : throw Invalid(field, $"is {Spell(value)}, not a positive number");
    }

    /// <summary>A positive finite number, or null where the field is missing or null.</summary>
    /// <param name="field">The field's name.</param>
    /// <exception cref="ModelFileException">It is not positive and finite.</exception>
    public double? OptionalPositive(string field) => Has(field) ? Positive(field) : null;

    /// <summary>True or false.</summary>
    /// <param name="field">The field's name.</param>
    /// <param name="byDefault">What holds where the field is missing or null.</param>
    /// <exception cref="ModelFileException">It is something else.</exception>
    public bool Flag(string field, bool byDefault) => Find(field) switch
    {
        null => byDefault,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw Invalid(field, $"is {Spell(value)}, not true or false"),
    };

    /// <summary>A text, or null where the field is missing or null.</summary>
    /// <param name="field">The field's name.</param>
    /// <exception cref="ModelFileException">It is something else.</exception>
    public string? Text(string field) => Find(field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => Unescaped(field, () => value.GetString()!),
        { } value => throw Invalid(field, $"is {Spell(value)}, not a text"),
    };

    /// <summary>The texts of a list, none where the field is missing or null.</summary>
    /// <param name="field">The field's name.</param>
    /// <exception cref="ModelFileException">It is no list of texts.</exception>
    public ImmutableArray<string> Texts(string field) =>
        List(field, item => item.ValueKind == JsonValueKind.String ? Unescaped(field, () => item.GetString()!) : throw Invalid(field, $"holds {Spell(item)}, not a text"));

    /// <summary>The whole numbers of a list, none where the field is missing or null.</summary>
    /// <param name="field">The field's name.</param>
    /// <exception cref="ModelFileException">It is no list of whole numbers.</exception>
    public ImmutableArray<int> Numbers(string field) =>
        List(field, item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int number) ? number : throw Invalid(field, $"holds {Spell(item)}, not a whole number"));

    /// <summary>The token ids of a field that holds an integer, a list or nothing.</summary>
    /// <param name="field">The field's name.</param>
    /// <param name="vocabulary">Ids are below this.</param>
    /// <exception cref="ModelFileException">An id is not an integer of the vocabulary.</exception>
    public ImmutableArray<int> Tokens(string field, int vocabulary) => Find(field) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } value => [.. value.EnumerateArray().Select(id => Token(field, id, vocabulary))],
        { } value => [Token(field, value, vocabulary)],
    };

    /// <summary>The fields of an object inside this one, or null where it is missing or null.</summary>
    /// <param name="field">The field's name.</param>
    /// <exception cref="ModelFileException">It is no object.</exception>
    public ConfigFields? Section(string field) => Find(field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new ConfigFields($"{_path}, {field}", value),
        { } value => throw Invalid(field, $"is {Spell(value)}, not a JSON object"),
    };

    /// <summary>The error of a field that is not there.</summary>
    /// <param name="field">The field's name.</param>
    public ModelFileException Missing(string field) => new(_path, $"lacks the field {field}");

    /// <summary>The error of a field that has an impossible value.</summary>
    /// <param name="field">The field's name.</param>
    /// <param name="problem">What is wrong, as the end of a sentence that starts with the field.</param>
    public ModelFileException Invalid(string field, string problem) => new(_path, $"field {field} {problem}");

    // JSON may escape half of a pair of UTF-16 units, which is no text.
    private string Unescaped(string what, Func<string> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException e)
        {
            throw new ModelFileException(_path, $"is not valid: {what} holds half of a surrogate pair", e);
        }
    }

    private ImmutableArray<T> List<T>(string field, Func<JsonElement, T> convert) => Find(field) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } value => [.. value.EnumerateArray().Select(convert)],
        { } value => throw Invalid(field, $"is {Spell(value)}, not a list"),
    };

    private int Token(string field, JsonElement value, int vocabulary) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int id) && id >= 0 && id < vocabulary
            ? id
            : throw Invalid(field, $"holds {Spell(value)}, not a token below vocab_size {vocabulary}");

    private JsonElement? Find(string field) =>
        _fields.TryGetValue(field, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    // A hostile value may be megabytes long; the exception cuts what it prints.
    private static string Spell(JsonElement value) => value.ValueKind is JsonValueKind.Object ? "an object" : value.GetRawText();
}
