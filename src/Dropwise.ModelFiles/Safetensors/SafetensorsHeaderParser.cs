using System.Collections.Immutable;
using System.Text.Json;

namespace Dropwise.ModelFiles;

/// <summary>Reads and checks the JSON header of a safetensors file. Allocates in proportion to the header, whatever it claims about data.</summary>
internal ref struct SafetensorsHeaderParser
{
    private const string MetadataName = "__metadata__";

    private readonly string _path;
    private readonly long _dataStart;
    private readonly Dictionary<string, TensorInfo> _tensors = new(StringComparer.Ordinal);
    private Utf8JsonReader _reader;

    /// <summary>Creates a parser.</summary>
    /// <param name="json">The header.</param>
    /// <param name="dataStart">The byte of the file that offsets count from.</param>
    /// <param name="path">The file, for messages.</param>
    public SafetensorsHeaderParser(ReadOnlySpan<byte> json, long dataStart, string path)
    {
        _path = path;
        _dataStart = dataStart;
        _reader = new Utf8JsonReader(json);
    }

    /// <summary>The strings of <c>__metadata__</c>; empty where there is none.</summary>
    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads the header.</summary>
    /// <exception cref="ModelFileException">The header is not JSON, or says something impossible about a tensor.</exception>
    public void Parse()
    {
        try
        {
            _reader.Read();
            Expect(JsonTokenType.StartObject, "the header");
            bool hasMetadata = false;
            while (NextName() is { } name)
            {
                if (name == MetadataName)
                {
                    if (hasMetadata) throw Broken($"the header has {MetadataName} twice");
                    hasMetadata = true;
                    ReadMetadata();
                }
                else if (!_tensors.TryAdd(name, ReadTensor(name)))
                {
                    throw new ModelFileException(_path, name, "is in the header twice");
                }
            }

            // A reader that is asked for more finds trailing text, which is an error, or the end.
            _reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The reader reports text that is not UTF-8 as an invalid operation.
            throw new ModelFileException(_path, $"the header is not valid JSON: {e.Message}", e);
        }
    }

    /// <summary>The tensors in the order of their data.</summary>
    /// <exception cref="ModelFileException">Two tensors overlap, or bytes between two belong to none.</exception>
    public readonly ImmutableArray<TensorInfo> SortedTensors()
    {
        TensorInfo[] sorted = [.. _tensors.Values];
        Array.Sort(sorted, static (a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.End.CompareTo(b.End));
        long end = _dataStart;
        foreach (TensorInfo tensor in sorted)
        {
            if (tensor.Offset < end) throw new ModelFileException(_path, tensor.Name, $"overlaps the tensor before it: it starts at byte {tensor.Offset}, which ends at byte {end}");
            if (tensor.Offset > end) throw new ModelFileException(_path, tensor.Name, $"starts at byte {tensor.Offset}, {tensor.Offset - end} bytes behind the end of the tensor before it");
            end = tensor.End;
        }

        return [.. sorted];
    }

    private void ReadMetadata()
    {
        _reader.Read();
        Expect(JsonTokenType.StartObject, MetadataName);
        while (NextName() is { } key)
        {
            _reader.Read();
            Expect(JsonTokenType.String, $"{MetadataName}.{key}");
            if (!Metadata.TryAdd(key, _reader.GetString()!)) throw Broken($"{MetadataName} has '{key}' twice");
        }
    }

    private TensorInfo ReadTensor(string name)
    {
        _reader.Read();
        Expect(JsonTokenType.StartObject, $"the entry of tensor '{name}'");
        string? type = null;
        ImmutableArray<long> shape = default;
        ImmutableArray<long> offsets = default;
        while (NextName() is { } key)
        {
            _reader.Read();
            switch (key)
            {
                case "dtype":
                    if (type is not null) throw new ModelFileException(_path, name, "has two dtypes");
                    Expect(JsonTokenType.String, $"the dtype of tensor '{name}'");
                    type = _reader.GetString();
                    break;
                case "shape":
                    if (!shape.IsDefault) throw new ModelFileException(_path, name, "has two shapes");
                    shape = ReadIntegers($"the shape of tensor '{name}'");
                    break;
                case "data_offsets":
                    if (!offsets.IsDefault) throw new ModelFileException(_path, name, "has two pairs of data_offsets");
                    offsets = ReadIntegers($"data_offsets of tensor '{name}'");
                    break;
                default:
                    // Later versions of the format may say more about a tensor.
                    _reader.Skip();
                    break;
            }
        }

        return Check(name, type, shape, offsets);
    }

    private readonly TensorInfo Check(string name, string? typeName, ImmutableArray<long> shape, ImmutableArray<long> offsets)
    {
        if (typeName is null || shape.IsDefault || offsets.IsDefault)
            throw new ModelFileException(_path, name, "lacks dtype, shape or data_offsets");
        if (!TensorTypes.TryParse(typeName, out TensorType type))
            throw new ModelFileException(_path, name, $"has the unknown dtype '{typeName}'; known are {TensorTypes.KnownNames}");
        if (offsets is not [long begin, long end])
            throw new ModelFileException(_path, name, $"has {offsets.Length} data_offsets, not 2");
        if (begin < 0 || end < begin || end > long.MaxValue - _dataStart)
            throw new ModelFileException(_path, name, $"has impossible data_offsets [{begin}, {end}]");
        long bytes = TensorInfo.BytesOf(type, shape.AsSpan());
        if (bytes < 0)
            throw new ModelFileException(_path, name, $"has the impossible shape {TensorInfo.Spell(shape.AsSpan())}");
        if (bytes != end - begin)
            throw new ModelFileException(_path, name, $"has {end - begin} bytes, but {typeName} {TensorInfo.Spell(shape.AsSpan())} needs {bytes}");
        return new TensorInfo(name, type, shape, _dataStart + begin, bytes);
    }

    private ImmutableArray<long> ReadIntegers(string what)
    {
        Expect(JsonTokenType.StartArray, what);
        var values = ImmutableArray.CreateBuilder<long>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt64(out long value))
                throw Broken($"{what} has an entry that is not a 64-bit integer");
            values.Add(value);
        }

        return values.ToImmutable();
    }

    /// <summary>The next property's name, or null at the end of the object.</summary>
    private string? NextName()
    {
        _reader.Read();
        return _reader.TokenType == JsonTokenType.PropertyName ? _reader.GetString() : null;
    }

    private readonly void Expect(JsonTokenType token, string what)
    {
        if (_reader.TokenType != token) throw Broken($"{what} is a JSON {_reader.TokenType}, not a {token}");
    }

    private readonly ModelFileException Broken(string problem) => new(_path, problem);
}
