using System.Text.Json;
using Dropwise.Tokenization.Gguf;
using Dropwise.Tokenization.PreTokenizers;

namespace Dropwise.Tokenization;

/// <summary>What GGUF files call the way a byte-level tokenizer splits texts: the inverse of <see cref="GgufVocabulary.PreTokenizer"/>.</summary>
public static class GgufFamily
{
    /// <summary>The family of a tokenizer.</summary>
    /// <param name="preTokenizer">The <c>pre_tokenizer</c> of its <c>tokenizer.json</c>.</param>
    /// <returns>Null where no family splits so.</returns>
    /// <exception cref="InvalidOperationException">A part of the element is of another kind than it must be.</exception>
    /// <exception cref="KeyNotFoundException">A part of the element is missing.</exception>
    public static string? Of(JsonElement preTokenizer)
    {
        if (preTokenizer.ValueKind != JsonValueKind.Object) return null;
        JsonElement[] parts = TypeOf(preTokenizer) == "Sequence" ? [.. preTokenizer.GetProperty("pretokenizers").EnumerateArray()] : [preTokenizer];
        if (parts is not [.. { } before, { } last] || TypeOf(last) != "ByteLevel") return null;
        string?[] steps = [.. before.Select(ExpressionOf)];

        // The field is newer than the first files, which all use the expression.
        bool usesGpt2 = !last.TryGetProperty("use_regex", out JsonElement uses) || uses.GetBoolean();
        return steps.Contains(null) ? null : FamilySplit.NameOf(steps!, usesGpt2);
    }

    private static string? TypeOf(JsonElement part) => part.GetProperty("type").GetString();

    // Null for what is no expression, or does more than to cut pieces out.
    private static string? ExpressionOf(JsonElement part) => TypeOf(part) switch
    {
        "Digits" when part.TryGetProperty("individual_digits", out JsonElement each) && each.GetBoolean() => KnownPatterns.DigitPattern,
        "Split" when part.GetProperty("behavior").GetString() == "Isolated" && part.GetProperty("pattern").TryGetProperty("Regex", out JsonElement expression) => expression.GetString(),
        _ => null,
    };
}
