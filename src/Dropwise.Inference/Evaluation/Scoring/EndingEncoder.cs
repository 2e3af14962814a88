using Dropwise.Tokenization;

namespace Dropwise.Inference;

/// <summary>
/// Encodes a context and its ending as lm-evaluation-harness does: spaces at the context's end go to the ending, both are encoded as one text, and
/// the ending is what the tokens of the context alone leave of it.
/// </summary>
public sealed class EndingEncoder
{
    private readonly Tokenizer _tokenizer;
    private readonly int[] _before;
    private string? _lastContext;
    private int[] _lastTokens = [];

    /// <summary>Creates an encoder.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="addsBeginOfText">
    /// Whether texts begin with the token for that. The harness adds it for families that cannot do without, Gemma's.
    /// </param>
    /// <exception cref="InferenceException">The tokenizer names no such token.</exception>
    public EndingEncoder(Tokenizer tokenizer, bool addsBeginOfText = false)
    {
        _tokenizer = tokenizer;
        _before = !addsBeginOfText ? []
            : tokenizer.BeginOfTextId is { } begin ? [begin]
            : throw new InferenceException($"{tokenizer.Source}: names no token that begins a text");
    }

    /// <summary>Encodes.</summary>
    /// <param name="context">The context.</param>
    /// <param name="ending">The ending, with the space before it.</param>
    /// <exception cref="InferenceException">The context is empty, and the tokenizer names no token to put in its place.</exception>
    public EncodedEnding Encode(string context, string ending)
    {
        int kept = context.AsSpan().TrimEnd().Length;
        if (kept < context.Length) return Encode(context[..kept], string.Concat(context.AsSpan(kept), ending));
        int[] whole = Tokens(context + ending);
        if (context.Length == 0) return new EncodedEnding([TokenOfNothing()], whole[_before.Length..]);
        if (context != _lastContext) (_lastContext, _lastTokens) = (context, Tokens(context));
        return new EncodedEnding(_lastTokens, whole[Math.Min(_lastTokens.Length, whole.Length)..]);
    }

    private int[] Tokens(string text) => [.. _before, .. _tokenizer.Encode(text)];

    private int TokenOfNothing() => _tokenizer.BeginOfTextId ?? _tokenizer.EndOfTextId
        ?? throw new InferenceException($"{_tokenizer.Source}: names no token that begins or ends a text, so that nothing can stand for an empty context");
}
