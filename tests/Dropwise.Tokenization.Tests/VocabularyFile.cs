using System.Text;

namespace Dropwise.Tokenization.Tests;

/// <summary>The vocabulary of a GGUF file, read with as little as its metadata need.</summary>
internal static class VocabularyFile
{
    private static readonly int[] Sizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

    /// <summary>Reads a file.</summary>
    internal static GgufVocabulary Read(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        Assert.Equal("GGUF"u8.ToArray(), reader.ReadBytes(4));
        reader.ReadUInt32();
        reader.ReadUInt64();
        var values = new Dictionary<string, object>();
        for (ulong left = reader.ReadUInt64(); left > 0; left--)
            values[Text(reader)] = Value(reader, reader.ReadUInt32());

        return new GgufVocabulary
        {
            Source = path,
            Model = (string)values["tokenizer.ggml.model"],
            PreTokenizer = Find("pre") as string,
            Tokens = [.. ((object[])values["tokenizer.ggml.tokens"]).Cast<string>()],
            Scores = Find("scores") is object[] scores ? [.. scores.Cast<float>()] : [],
            Types = Find("token_type") is object[] types ? [.. types.Select(Convert.ToInt32)] : [],
            Merges = Find("merges") is object[] merges ? [.. merges.Cast<string>()] : [],
            BeginOfTextId = Id("bos_token_id"),
            EndOfTextId = Id("eos_token_id"),
            UnknownId = Id("unknown_token_id"),
            AddsBeginOfText = Find("add_bos_token") as bool?,
            AddsEndOfText = Find("add_eos_token") as bool?,
            AddsSpacePrefix = Find("add_space_prefix") as bool?,
            ChatTemplate = values.GetValueOrDefault("tokenizer.chat_template") as string,
        };

        object? Find(string key) => values.GetValueOrDefault("tokenizer.ggml." + key);
        int? Id(string key) => Find(key) is object id ? Convert.ToInt32(id) : null;
    }

    private static string Text(BinaryReader reader) => Encoding.UTF8.GetString(reader.ReadBytes((int)reader.ReadUInt64()));

    private static object Value(BinaryReader reader, uint type) => type switch
    {
        5 => reader.ReadInt32(),
        4 => reader.ReadUInt32(),
        6 => reader.ReadSingle(),
        7 => reader.ReadBoolean(),
        8 => Text(reader),
        9 => Elements(reader),
        _ => reader.ReadBytes(Sizes[type]),
    };

    private static object[] Elements(BinaryReader reader)
    {
        uint type = reader.ReadUInt32();
        var elements = new object[reader.ReadUInt64()];
        for (int index = 0; index < elements.Length; index++)
            elements[index] = Value(reader, type);
        return elements;
    }
}
