namespace Dropwise.ModelFiles;

/// <summary>The metadata of a GGUF file by key, in the order of the file.</summary>
public sealed class GgufMetadata
{
    private readonly string _path;
    private readonly OrderedDictionary<string, GgufValue> _values;

    /// <summary>Wraps the values.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="values">The values by key.</param>
    internal GgufMetadata(string path, OrderedDictionary<string, GgufValue> values) => (_path, _values) = (path, values);

    /// <summary>All values.</summary>
    public IReadOnlyDictionary<string, GgufValue> Values => _values;

    /// <summary>The value of a key, or null.</summary>
    /// <param name="key">The key.</param>
    public GgufValue? Find(string key) => _values.GetValueOrDefault(key);

    /// <summary>The value of a key.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="ModelFileException">There is none.</exception>
    public GgufValue this[string key] => Find(key) ?? throw new ModelFileException(_path, $"lacks the key '{key}'");
}
