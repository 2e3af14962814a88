using System.Text.Json;
using Dropwise.Tokenization.AddedTokens;
using Dropwise.Tokenization.Decoders;
using Dropwise.Tokenization.Models;
using Dropwise.Tokenization.Normalizers;
using Dropwise.Tokenization.PreTokenizers;

namespace Dropwise.Tokenization.Json;

/// <summary>Reads tokenizer.json, the format of Hugging Face's tokenizers library, into parts.</summary>
internal static class TokenizerJson
{
    /// <summary>Reads a tokenizer.</summary>
    /// <param name="json">The text of the file.</param>
    /// <param name="source">The file or other origin, as messages name it.</param>
    /// <param name="config">What tokenizer_config.json says.</param>
    internal static TokenizerParts Read(string json, string source, TokenizerConfig config)
    {
        using JsonDocument document = JsonPart.Parse(json, source);
        JsonPart root = JsonPart.Root(document, source);

        var preTokenizer = new PreTokenizerReader();
        if (root.Find("pre_tokenizer") is JsonPart preTokenizerPart)
            preTokenizer.Read(preTokenizerPart);
        var normalizers = new List<ITextNormalizer>();
        if (root.Find("normalizer") is JsonPart normalizerPart)
            NormalizerReader.Read(normalizerPart, normalizers);
        normalizers.AddRange(preTokenizer.Normalizers);

        BpeDefinition model = ModelReader.Read(root.Require("model"), preTokenizer.IsByteLevel) with { CutsAtNumericBytes = preTokenizer.CutsAtNumericBytes };
        IReadOnlyList<AddedToken> added = root.Find("added_tokens") is JsonPart addedPart ? AddedTokenReader.Read(addedPart, model.Vocabulary.Ids.Count) : [];
        return new TokenizerParts
        {
            Source = source,
            Vocabulary = model.Vocabulary.With(added),
            AddedTokens = added,
            Normalizer = normalizers.Count > 0 ? new NormalizerSequence(normalizers, source) : null,
            PreTokenizer = preTokenizer.Result ?? WordStartPreTokenizer.TryCreate(model),
            Model = LibraryBpeModel.CanEncode(model) ? new LibraryBpeModel(model) : new MergeModel(model),
            Decoder = root.Find("decoder") is JsonPart decoder
                ? DecoderReader.Read(decoder, new DecoderDefinition())
                : new DecoderDefinition(),
            Template = root.Find("post_processor") is JsonPart processor
                ? TemplateReader.Read(processor, TextTemplate.Empty)
                : TextTemplate.Empty,
            BeginOfTextId = SpecialTokenNames.FindBegin(added, config),
            EndOfTextId = SpecialTokenNames.FindEnd(added, config),
        };
    }
}
