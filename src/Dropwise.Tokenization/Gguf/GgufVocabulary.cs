namespace Dropwise.Tokenization;

/// <summary>
/// The vocabulary in a GGUF file's metadata, as the keys <c>tokenizer.ggml.*</c> hold it. Nothing is checked yet:
/// <see cref="ToTokenizerJson"/> names the key that is at fault.
/// </summary>
public sealed record GgufVocabulary
{
    /// <summary>The file, as messages name it.</summary>
    public required string Source { get; init; }

    /// <summary><c>model</c>: <c>gpt2</c> (byte-level byte-pair encoding) or <c>llama</c> (SentencePiece byte-pair encoding).</summary>
    public required string Model { get; init; }

    /// <summary><c>pre</c>: how texts are split, by the name of a family; null where the key is missing.</summary>
    public string? PreTokenizer { get; init; }

    /// <summary><c>tokens</c>: the spelling of each id.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary><c>scores</c>: of <c>llama</c>, which merge goes first; empty otherwise.</summary>
    public IReadOnlyList<float> Scores { get; init; } = [];

    /// <summary><c>token_type</c>: the kind of each token, numbered as SentencePiece does; empty where all are normal.</summary>
    public IReadOnlyList<int> Types { get; init; } = [];

    /// <summary><c>merges</c>: of <c>gpt2</c>, the pairs in order, <c>left right</c>; empty otherwise.</summary>
    public IReadOnlyList<string> Merges { get; init; } = [];

    /// <summary><c>bos_token_id</c>.</summary>
    public int? BeginOfTextId { get; init; }

    /// <summary><c>eos_token_id</c>.</summary>
    public int? EndOfTextId { get; init; }

    /// <summary><c>unknown_token_id</c>.</summary>
    public int? UnknownId { get; init; }

    /// <summary><c>add_bos_token</c>; null where the file leaves it to the kind of the model.</summary>
    public bool? AddsBeginOfText { get; init; }

    /// <summary><c>add_eos_token</c>.</summary>
    public bool? AddsEndOfText { get; init; }

    /// <summary><c>add_space_prefix</c>: of <c>llama</c>, whether a space goes before a text.</summary>
    public bool? AddsSpacePrefix { get; init; }

    /// <summary>Of <c>llama</c>: a character without a token becomes the tokens of its bytes. GGUF files always mean it.</summary>
    internal bool HasByteFallback { get; init; } = true;

    /// <summary><c>tokenizer.chat_template</c>.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>
    /// The text of the <c>tokenizer.json</c> that the model would have in a Hugging Face folder, so that a model that is converted keeps
    /// its tokenizer, and there is one reader of tokenizers.
    /// </summary>
    /// <exception cref="TokenizerException">The vocabulary is broken, or of a kind that is not supported; the message names the key.</exception>
    public string ToTokenizerJson() => Gguf.VocabularyJson.Write(this);

    /// <summary>The text of the <c>tokenizer_config.json</c> beside it: what begins and ends a text, and the chat template.</summary>
    /// <exception cref="TokenizerException">An id is outside of the vocabulary.</exception>
    public string ToConfigJson() => Gguf.VocabularyJson.WriteConfig(this);
}
