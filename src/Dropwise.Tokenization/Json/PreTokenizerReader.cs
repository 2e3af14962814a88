using System.Text.RegularExpressions;
using Dropwise.Tokenization.Normalizers;
using Dropwise.Tokenization.PreTokenizers;

namespace Dropwise.Tokenization.Json;

/// <summary>
/// Reads the part <c>pre_tokenizer</c> of tokenizer.json. Some pre-tokenizers also rewrite the text; here that is a normalizer.
/// </summary>
internal sealed class PreTokenizerReader
{
    private readonly List<IPreTokenizer> _steps = [];
    private readonly List<ITextNormalizer> _normalizers = [];

    /// <summary>The normalizers that the pre-tokenizers imply, to be applied after the file's own.</summary>
    internal IReadOnlyList<ITextNormalizer> Normalizers => _normalizers;

    /// <summary>True if the pieces are spelled in the <see cref="ByteAlphabet"/>.</summary>
    internal bool IsByteLevel { get; private set; }

    /// <summary>True if digits are looked for after bytes have become characters.</summary>
    internal bool CutsAtNumericBytes { get; private set; }

    /// <summary>The pre-tokenizer; null if nothing splits the text.</summary>
    internal IPreTokenizer? Result => _steps switch
    {
        [] => null,
        [IPreTokenizer single] => single,
        _ => new PreTokenizerSequence(_steps),
    };

    /// <summary>Reads a pre-tokenizer; a sequence adds each of its steps.</summary>
    internal void Read(JsonPart part)
    {
        string type = part.Require("type").Text();
        if (IsByteLevel)
        {
            ReadAfterByteLevel(part, type);
            return;
        }
        switch (type)
        {
            case "Sequence":
                foreach (JsonPart step in part.Require("pretokenizers").Items())
                    Read(step);
                break;
            case "Split":
                Add(PatternReader.Expression(part), Behavior(part), part.Flag("invert", absent: false));
                break;
            case "Digits":
                Add(KnownPatterns.Digit, part.Flag("individual_digits", absent: false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous);
                break;
            case "Punctuation":
                Add(KnownPatterns.Punctuation, Behavior(part));
                break;
            case "ByteLevel":
                ReadByteLevel(part);
                break;
            case "Metaspace":
                ReadMetaspace(part);
                break;
            default:
                throw part.Fail($"the pre-tokenizer {TokenizerException.Quote(type)} is not supported");
        }
    }

    private void ReadByteLevel(JsonPart part)
    {
        if (part.Flag("add_prefix_space", absent: true))
            AddNormalizer(part, new PrependNormalizer(" ", PrependCondition.UnlessPresent));
        if (part.Flag("use_regex", absent: true))
            Add(KnownPatterns.Gpt2, SplitBehavior.Isolated);
        IsByteLevel = true;
    }

    /// <summary>
    /// What splits the characters of the byte alphabet. Digits of ASCII are found in the text as well, and of other bytes the model sees
    /// to; this is what Falcon needs.
    /// </summary>
    private void ReadAfterByteLevel(JsonPart part, string type)
    {
        if (type == "Digits" && !part.Flag("individual_digits", absent: false))
        {
            CutsAtNumericBytes = true;
            Add(KnownPatterns.AsciiDigits, SplitBehavior.Isolated);
            return;
        }
        if (type != "Split" || part.Require("pattern").Find("Regex")?.Text() != KnownPatterns.ThreeDigitsPattern)
            throw part.Fail($"{TokenizerException.Quote(type)} after 'ByteLevel' is not supported");
        Add(PatternReader.Expression(part), Behavior(part), part.Flag("invert", absent: false));
    }

    private void ReadMetaspace(JsonPart part)
    {
        string replacement = PatternReader.Replacement(part);
        AddNormalizer(part, new ReplaceNormalizer(" ", replacement));
        string scheme = part.Find("prepend_scheme")?.Text() ?? (part.Flag("add_prefix_space", absent: true) ? "always" : "never");
        switch (scheme)
        {
            case "always":
                AddNormalizer(part, new PrependNormalizer(replacement, PrependCondition.UnlessPresent));
                break;
            case "first":
                AddNormalizer(part, new PrependNormalizer(replacement, PrependCondition.OpeningUnlessPresent));
                break;
            case "never":
                break;
            default:
                throw part.Fail($"the prepend_scheme {TokenizerException.Quote(scheme)} is not supported");
        }
        if (part.Flag("split", absent: true))
            Add(PatternReader.Create(part, Regex.Escape(replacement)), SplitBehavior.MergedWithNext);
    }

    private void Add(Regex pattern, SplitBehavior behavior, bool invert = false) =>
        _steps.Add(new RegexPreTokenizer(pattern, behavior, invert));

    /// <summary>Rewriting is the same before and after splitting only where nothing has been split yet.</summary>
    private void AddNormalizer(JsonPart part, ITextNormalizer normalizer)
    {
        if (_steps.Count > 0)
            throw part.Fail("rewriting the text after it was split is not supported");
        _normalizers.Add(normalizer);
    }

    private static SplitBehavior Behavior(JsonPart part)
    {
        JsonPart behavior = part.Require("behavior");
        return behavior.Text() switch
        {
            "Isolated" => SplitBehavior.Isolated,
            "Removed" => SplitBehavior.Removed,
            "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
            "MergedWithNext" => SplitBehavior.MergedWithNext,
            "Contiguous" => SplitBehavior.Contiguous,
            string other => throw behavior.Fail($"the behavior {TokenizerException.Quote(other)} is not supported"),
        };
    }
}
