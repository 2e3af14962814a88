using System.Text.Json;
using Dropwise.Tokenization.Models;

namespace Dropwise.Tokenization.Json;

/// <summary>Reads the part <c>model</c> of tokenizer.json.</summary>
internal static class ModelReader
{
    /// <summary>Reads a byte-pair encoding.</summary>
    /// <param name="model">The part.</param>
    /// <param name="isByteLevel">True if the pre-tokenizer hands over pieces in the <see cref="ByteAlphabet"/>.</param>
    internal static BpeDefinition Read(JsonPart model, bool isByteLevel)
    {
        // Files of before 2021 do not name the type; merges tell it.
        string type = model.Find("type")?.Text() ?? (model.Find("merges") is null ? "" : "BPE");
        if (type != "BPE")
            throw model.Fail($"the type {TokenizerException.Quote(type)} is not supported, only 'BPE' is");
        if (model.Find("dropout") is JsonPart dropout)
            throw dropout.Fail("dropout is not supported");
        foreach (string affix in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model.Find(affix) is JsonPart part && part.Text().Length > 0)
                throw part.Fail("is not supported");
        }

        Vocabulary vocabulary = ReadVocabulary(model.Require("vocab"));
        return new BpeDefinition
        {
            Vocabulary = vocabulary,
            Merges = ReadMerges(model.Require("merges"), vocabulary),
            IsByteLevel = isByteLevel,
            IgnoresMerges = model.Flag("ignore_merges", absent: false),
            HasByteFallback = model.Flag("byte_fallback", absent: false),
            UnknownId = model.Find("unk_token") is JsonPart unknown ? Id(unknown, unknown.Text(), vocabulary) : null,
            FusesUnknown = model.Flag("fuse_unk", absent: false),
        };
    }

    private static Vocabulary ReadVocabulary(JsonPart part)
    {
        var ids = new Dictionary<string, int>();
        int largest = Vocabulary.LargestId(part.Count);
        foreach ((string token, JsonPart id) in part.Members())
            ids[token] = id.TokenId(largest);
        return ids.Count > 0 ? new Vocabulary(ids) : throw part.Fail("is empty");
    }

    private static List<MergeRule> ReadMerges(JsonPart part, Vocabulary vocabulary)
    {
        var rules = new List<MergeRule>();
        foreach (JsonPart merge in part.Items())
        {
            (string left, string right) = ReadPair(merge);
            rules.Add(new MergeRule(
                Id(merge, left, vocabulary), Id(merge, right, vocabulary), Id(merge, left + right, vocabulary), rules.Count));
        }
        return rules;
    }

    /// <summary>A pair is written <c>["a", "b"]</c>, or in older files <c>"a b"</c>.</summary>
    private static (string Left, string Right) ReadPair(JsonPart merge)
    {
        string[] pair = merge.Kind == JsonValueKind.Array
            ? [.. merge.Items().Select(item => item.Text())]
            : merge.Text().Split(' ');
        return pair is [{ Length: > 0 } left, { Length: > 0 } right] ? (left, right) : throw merge.Fail("is not a pair of tokens");
    }

    private static int Id(JsonPart part, string token, Vocabulary vocabulary) => vocabulary.TryGetId(token, out int id)
        ? id
        : throw part.Fail($"the token {TokenizerException.Quote(token)} is not in the vocabulary");
}
