using System.Collections.Frozen;
using System.Text.Json;
using Dropwise.Tokenization.PreTokenizers;

namespace Dropwise.Tokenization.Gguf;

/// <summary>
/// How a family of byte-level tokenizers splits texts. GGUF files name the family (<c>tokenizer.ggml.pre</c>) and not the expressions, which
/// are those of the family's own <c>tokenizer.json</c>.
/// </summary>
internal sealed record FamilySplit
{
    private static readonly FamilySplit Gpt2 = new() { UsesGpt2 = true };
    private static readonly FamilySplit Digits = new() { Steps = [KnownPatterns.DigitPattern], UsesGpt2 = true };
    private static readonly FamilySplit Llama3 = new() { Steps = [KnownPatterns.Llama3Pattern], IgnoresMerges = true, AddsBeginOfText = true };
    private static readonly FamilySplit Qwen = new() { Steps = [KnownPatterns.QwenPattern], Composes = true };
    private static readonly FamilySplit StableLm = Qwen with { Composes = false };
    private static readonly FamilySplit Tekken = new() { Steps = [KnownPatterns.TekkenPattern], IgnoresMerges = true, AddsBeginOfText = true };
    private static readonly FamilySplit Gpt4O = new() { Steps = [KnownPatterns.Gpt4OPattern] };

    private static readonly FamilySplit Falcon = new()
    {
        Steps = [KnownPatterns.FalconPunctuationPattern, KnownPatterns.Gpt2Pattern, KnownPatterns.ThreeDigitsPattern],
    };

    private static readonly FamilySplit DeepSeek = new()
    {
        Steps =
        [
            KnownPatterns.LineEndPattern, KnownPatterns.DeepSeekWordPattern, KnownPatterns.DeepSeekPunctuationPattern,
            KnownPatterns.SpaceAtEndPattern, KnownPatterns.DeepSeekIdeographPattern, KnownPatterns.DigitsPattern,
        ],
    };

    private static readonly FamilySplit DeepSeekCoder = new()
    {
        Steps =
        [
            KnownPatterns.LineEndPattern, KnownPatterns.LettersPattern, KnownPatterns.PunctuationMarksPattern,
            KnownPatterns.DeepSeekIdeographPattern, KnownPatterns.DigitPattern,
        ],
    };

    private static readonly FamilySplit DeepSeek3 = new()
    {
        Steps = [KnownPatterns.UpToThreeDigitsPattern, KnownPatterns.DeepSeek3IdeographPattern, KnownPatterns.DeepSeek3Pattern],
    };

    private static readonly FrozenDictionary<string, FamilySplit> Families = new Dictionary<string, FamilySplit>
    {
        ["gpt-2"] = Gpt2,
        ["phi-2"] = Gpt2,
        ["mpt"] = Gpt2,
        ["olmo"] = Gpt2,
        ["smollm"] = Digits,
        ["starcoder"] = Digits,
        ["refact"] = Digits,
        ["command-r"] = Digits,
        ["llama-bpe"] = Llama3,
        ["llama-v3"] = Llama3,
        ["llama3"] = Llama3,
        ["falcon3"] = Llama3,
        ["dbrx"] = Llama3 with { IgnoresMerges = false, AddsBeginOfText = false },
        ["smaug-bpe"] = Llama3 with { IgnoresMerges = false, AddsBeginOfText = false },
        ["qwen2"] = Qwen,
        ["deepseek-r1-qwen"] = Qwen,
        ["stablelm2"] = StableLm,
        ["tekken"] = Tekken,
        ["gpt-4o"] = Gpt4O,
        ["falcon"] = Falcon,
        ["deepseek-llm"] = DeepSeek,
        ["deepseek-coder"] = DeepSeekCoder,
        ["deepseek-v3"] = DeepSeek3,
    }.ToFrozenDictionary();

    // Of families that split alike, the one whose name says most; the others are told apart by what else a file says.
    private static readonly string[] Written =
    [
        "gpt-2", "smollm", "llama-bpe", "qwen2", "tekken", "gpt-4o", "falcon", "deepseek-llm", "deepseek-coder", "deepseek-v3",
    ];

    /// <summary>The names that are known, for messages.</summary>
    internal static string Names => string.Join(", ", Families.Keys.Order(StringComparer.Ordinal));

    /// <summary>Expressions that split one after another; what an expression does not match is a piece too.</summary>
    internal IReadOnlyList<string> Steps { get; init; } = [];

    /// <summary>The expression of GPT-2 comes last, as the ByteLevel pre-tokenizer has it.</summary>
    internal bool UsesGpt2 { get; init; }

    /// <summary>A piece that is a token as it stands is not built from merges.</summary>
    internal bool IgnoresMerges { get; init; }

    /// <summary>Texts are composed (Unicode's form C) first.</summary>
    internal bool Composes { get; init; }

    /// <summary>A begin token belongs before a text where the file does not say.</summary>
    internal bool AddsBeginOfText { get; init; }

    /// <summary>The split of a family.</summary>
    /// <param name="name">As the file names it; null is a file of before the key existed, when GPT-2's was the only one.</param>
    /// <returns>Null where the family is not known.</returns>
    internal static FamilySplit? Find(string? name) => Families.GetValueOrDefault(name ?? "gpt-2");

    /// <summary>The name of the family that splits texts so, or null.</summary>
    /// <param name="steps">Expressions that split one after another.</param>
    /// <param name="usesGpt2">Whether the expression of GPT-2 comes last.</param>
    internal static string? NameOf(IReadOnlyList<string> steps, bool usesGpt2) =>
        Written.FirstOrDefault(name => Families[name].UsesGpt2 == usesGpt2 && Families[name].Steps.SequenceEqual(steps));

    /// <summary>Writes the split as the <c>pre_tokenizer</c> of tokenizer.json.</summary>
    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        foreach (string step in Steps)
        {
            json.WriteStartObject();
            json.WriteString("type", "Split");
            json.WriteStartObject("pattern");
            json.WriteString("Regex", step);
            json.WriteEndObject();
            json.WriteString("behavior", "Isolated");
            json.WriteBoolean("invert", false);
            json.WriteEndObject();
        }
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", UsesGpt2);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
