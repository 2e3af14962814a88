using System.Text.Json;

namespace Dropwise.Tokenization.Json;

/// <summary>
/// A part of a tokenizer's JSON that knows where it stands, so that every complaint names the file and the part.
/// </summary>
internal readonly struct JsonPart
{
    private readonly JsonElement _element;
    private readonly string _source;
    private readonly string _path;
    private readonly int _index;

    private JsonPart(JsonElement element, string source, string path, int index = -1)
    {
        _element = element;
        _source = source;
        _path = path;
        _index = index;
    }

    /// <summary>What kind of value this is.</summary>
    internal JsonValueKind Kind => _element.ValueKind;

    /// <summary>Where the part stands, put together only when it is asked for: a vocabulary has many parts.</summary>
    private string Path => _index < 0 ? _path : $"{_path}[{_index}]";

    /// <summary>Parses a document; the limit of 64 nested levels that the parser has keeps the readers' recursion shallow.</summary>
    internal static JsonDocument Parse(string json, string source)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException malformed)
        {
            string place = $"line {malformed.LineNumber + 1}, byte {malformed.BytePositionInLine + 1}";
            throw new TokenizerException(source, "", $"malformed JSON at {place}", malformed);
        }
        catch (ArgumentException invalid)
        {
            // The parser takes a text with half of a surrogate pair for a programming error.
            throw new TokenizerException(source, "", "malformed JSON: it is not valid Unicode", invalid);
        }
    }

    /// <summary>The whole of a document, which has to be an object.</summary>
    internal static JsonPart Root(JsonDocument document, string source)
    {
        var root = new JsonPart(document.RootElement, source, "");
        return root.Kind == JsonValueKind.Object ? root : throw root.Fail("is not a JSON object");
    }

    /// <summary>The failure that this part causes.</summary>
    internal TokenizerException Fail(string problem, Exception? inner = null) => new(_source, Path, problem, inner);

    /// <summary>The member of this name; null if it is missing or JSON's null.</summary>
    internal JsonPart? Find(string name)
    {
        if (Kind != JsonValueKind.Object)
            throw Fail("is not an object");
        return _element.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null
            ? new JsonPart(member, _source, Path.Length == 0 ? name : $"{Path}.{name}")
            : null;
    }

    /// <summary>The member of this name.</summary>
    internal JsonPart Require(string name) => Find(name) ?? throw Fail($"has no '{name}'");

    /// <summary>The text of this part.</summary>
    internal string Text()
    {
        if (Kind != JsonValueKind.String)
            throw Fail("is not a string");
        try
        {
            return _element.GetString()!;
        }
        catch (InvalidOperationException invalid)
        {
            // An escape like \ud800 without its other half is JSON, but no text.
            throw Fail("is not valid Unicode", invalid);
        }
    }

    /// <summary>The number that this part is.</summary>
    internal int Integer() => Kind == JsonValueKind.Number && _element.TryGetInt32(out int value)
        ? value
        : throw Fail("is not an integer");

    /// <summary>The number that this part is, if it can be the id of a token.</summary>
    /// <param name="largest">The largest id that the vocabulary may have.</param>
    internal int TokenId(int largest = Vocabulary.IdLimit - 1)
    {
        int id = Integer();
        return id >= 0 && id <= largest ? id : throw Fail($"the id {id} is outside of 0..{largest}");
    }

    /// <summary>The number of elements or members of this part.</summary>
    internal int Count => Kind switch
    {
        JsonValueKind.Array => _element.GetArrayLength(),
        JsonValueKind.Object => _element.GetPropertyCount(),
        _ => 0,
    };

    /// <summary>The truth value that this part is.</summary>
    internal bool Flag() => Kind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Fail("is neither true nor false"),
    };

    /// <summary>The truth value of the member of this name.</summary>
    internal bool Flag(string name, bool absent) => Find(name)?.Flag() ?? absent;

    /// <summary>The elements of this part.</summary>
    internal IEnumerable<JsonPart> Items()
    {
        if (Kind != JsonValueKind.Array)
            throw Fail("is not an array");
        int index = 0;
        foreach (JsonElement item in _element.EnumerateArray())
            yield return new JsonPart(item, _source, Path, index++);
    }

    /// <summary>The members of this part by name.</summary>
    internal IEnumerable<(string Name, JsonPart Value)> Members()
    {
        if (Kind != JsonValueKind.Object)
            throw Fail("is not an object");
        foreach (JsonProperty member in _element.EnumerateObject())
            yield return (NameOf(member), new JsonPart(member.Value, _source, Path));
    }

    private string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException invalid)
        {
            throw Fail("a name in it is not valid Unicode", invalid);
        }
    }
}
