using Dropwise.Tokenization.AddedTokens;
using Dropwise.Tokenization.Decoders;
using Dropwise.Tokenization.Models;
using Dropwise.Tokenization.Normalizers;
using Dropwise.Tokenization.PreTokenizers;

namespace Dropwise.Tokenization;

/// <summary>The parts of a tokenizer, read from one file and checked against each other.</summary>
internal sealed record TokenizerParts
{
    /// <summary>The file or other origin, as messages name it.</summary>
    internal required string Source { get; init; }

    /// <summary>All tokens, added ones included.</summary>
    internal required Vocabulary Vocabulary { get; init; }

    /// <summary>The tokens that are found by their spelling.</summary>
    internal required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>What rewrites the text between added tokens; null leaves it as it is.</summary>
    internal required ITextNormalizer? Normalizer { get; init; }

    /// <summary>What cuts the normalized text into pieces; null makes it one piece.</summary>
    internal required IPreTokenizer? PreTokenizer { get; init; }

    /// <summary>What encodes a piece.</summary>
    internal required ITokenModel Model { get; init; }

    /// <summary>How tokens become text.</summary>
    internal required DecoderDefinition Decoder { get; init; }

    /// <summary>The ids that are put around a text on request.</summary>
    internal required TextTemplate Template { get; init; }

    /// <summary>The token that begins a text.</summary>
    internal required int? BeginOfTextId { get; init; }

    /// <summary>The token that ends a text.</summary>
    internal required int? EndOfTextId { get; init; }
}
