using Dropwise.Tokenization.AddedTokens;
using Dropwise.Tokenization.Decoders;
using Dropwise.Tokenization.Json;
using Dropwise.Tokenization.Models;
using Dropwise.Tokenization.Normalizers;
using Dropwise.Tokenization.PreTokenizers;

namespace Dropwise.Tokenization.SentencePiece;

/// <summary>
/// Turns a tokenizer.model into the parts that Hugging Face's conversion to tokenizer.json has, so that both files of one model
/// give the same ids.
/// </summary>
internal static class SentencePieceReader
{
    /// <summary>Longer pieces are refused: all their splits are looked up. SentencePiece itself stops at 16 characters by default.</summary>
    internal const int LongestPiece = 256;

    private const string WordStart = "▁";

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="content">The bytes of the file.</param>
    /// <param name="source">The file, as messages name it.</param>
    /// <param name="config">What tokenizer_config.json says.</param>
    internal static TokenizerParts Read(byte[] content, string source, TokenizerConfig config)
    {
        SentencePieceFile file = SentencePieceFile.Parse(content, source);
        CheckSupported(file, source);

        BpeDefinition model = ReadModel(file, source);
        AddedToken[] added = ReadAddedTokens(file);
        int? begin = SpecialTokenNames.FindBegin(added, config) ?? PieceId(file, file.BeginOfTextId);
        int? end = SpecialTokenNames.FindEnd(added, config) ?? PieceId(file, file.EndOfTextId);
        return new TokenizerParts
        {
            Source = source,
            Vocabulary = model.Vocabulary,
            AddedTokens = added,
            Normalizer = CreateNormalizer(file, source),
            PreTokenizer = WordStartPreTokenizer.TryCreate(model),
            Model = new MergeModel(model),
            Decoder = new DecoderDefinition
            {
                Replacements = [(WordStart, " ")],
                HasByteFallback = file.HasByteFallback,
                StrippedCharacter = ' ',
                StripCount = file.AddsDummyPrefix ? 1 : 0,
            },
            Template = CreateTemplate(begin, end, config),
            BeginOfTextId = begin,
            EndOfTextId = end,
        };
    }

    /// <summary>Refuses what no reader here can do.</summary>
    internal static void CheckSupported(SentencePieceFile file, string source)
    {
        if (file.Pieces.Count is 0 or > Vocabulary.IdLimit)
            throw new TokenizerException(source, "pieces", $"there are {file.Pieces.Count}; 1 to {Vocabulary.IdLimit} are supported");
        if (file.ModelType != SentencePieceFile.BytePairModel)
            throw new TokenizerException(source, "trainer_spec.model_type", $"{file.ModelType} is not supported, only BPE (2) is");
        if (file.HasWordEnds)
            throw new TokenizerException(source, "trainer_spec.treat_whitespace_as_suffix", "is not supported");
        if (file.HasCharacterMap)
            throw new TokenizerException(source, "normalizer_spec.precompiled_charsmap", "is not supported");
        if (file.RemovesExtraSpaces)
            throw new TokenizerException(source, "normalizer_spec.remove_extra_whitespaces", "is not supported");
        if (!file.EscapesSpaces)
            throw new TokenizerException(source, "normalizer_spec.escape_whitespaces", "only true is supported");
    }

    private static BpeDefinition ReadModel(SentencePieceFile file, string source)
    {
        var ids = new Dictionary<string, int>(file.Pieces.Count);
        foreach (Piece piece in file.Pieces)
        {
            if (piece.Text.Length is 0 or > LongestPiece || !ids.TryAdd(piece.Text, ids.Count))
                throw new TokenizerException(source, $"pieces[{ids.Count}]", $"is empty, longer than {LongestPiece} characters or there twice");
        }
        return new BpeDefinition
        {
            Vocabulary = new Vocabulary(ids),
            Merges = MergesByScore.Create(file.Pieces, ids),
            IsByteLevel = false,
            HasByteFallback = file.HasByteFallback,
            UnknownId = PieceId(file, file.UnknownId),
            FusesUnknown = true,
        };
    }

    private static AddedToken[] ReadAddedTokens(SentencePieceFile file)
    {
        var tokens = new List<AddedToken>();
        for (int id = 0; id < file.Pieces.Count; id++)
        {
            Piece piece = file.Pieces[id];
            if (piece.Type is not (PieceType.Unknown or PieceType.Control or PieceType.UserDefined))
                continue;
            // They are looked for in the text as given, where a ▁ of the piece is a space.
            tokens.Add(new AddedToken(
                piece.Text.Replace(WordStart, " ", StringComparison.Ordinal),
                id,
                IsSpecial: piece.Type != PieceType.UserDefined,
                IsNormalized: false,
                StripLeft: false,
                StripRight: false,
                IsSingleWord: false));
        }
        return [.. tokens];
    }

    private static NormalizerSequence CreateNormalizer(SentencePieceFile file, string source)
    {
        var spaces = new ReplaceNormalizer(" ", WordStart);
        return new NormalizerSequence(
            file.AddsDummyPrefix ? [new PrependNormalizer(WordStart, PrependCondition.Always), spaces] : [spaces],
            source);
    }

    /// <summary>The file does not say what stands around a text; Llama's convention is the begin token alone.</summary>
    private static TextTemplate CreateTemplate(int? begin, int? end, TokenizerConfig config) => new(
        begin is int first && (config.AddsBeginOfText ?? true) ? [first] : [],
        end is int last && (config.AddsEndOfText ?? false) ? [last] : []);

    private static int? PieceId(SentencePieceFile file, int id) => id >= 0 && id < file.Pieces.Count ? id : null;
}
